# Upstart with one job, "aurora-scheduler", that respawns its process. It keeps its state in $HOME, and brings a process back that ended
# when somebody asks. Answers and exit statuses are upstart's.
cd "$HOME" || exit 1
job=aurora-scheduler
[ "$2" = "$job" ] || { echo "initctl: Unknown job: $2" >&2; exit 1; }
alive() { [ -s pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
launch() {
	java org.apache.aurora.scheduler.app.SchedulerMain $(cat flags) </dev/null >/dev/null 2>&1 &
	echo $! >pid
	echo $! >>pids
}
case $1 in
status)
	if [ ! -e wanted ]; then echo "$job stop/waiting"; exit; fi
	alive || launch
	echo "$job start/running, process $(cat pid)" ;;
start)
	if [ -e wanted ]; then echo "initctl: Job is already running: $job" >&2; exit 1; fi
	touch wanted
	launch
	echo "$job start/running, process $(cat pid)" ;;
stop)
	if [ ! -e wanted ]; then echo "initctl: Unknown instance: " >&2; exit 1; fi
	rm wanted
	if alive; then
		kill "$(cat pid)"
		while alive; do sleep 0.02; done
	fi
	echo "$job stop/waiting" ;;
esac
