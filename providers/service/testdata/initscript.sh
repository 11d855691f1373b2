# An init script with a pid file, as LSB wants it. Its scheduler keeps the script's output open, as Aurora's packages let it.
cd "$HOME" || exit 1
alive() { [ -s run.pid ] && kill -0 "$(cat run.pid)" 2>/dev/null; }
case $1 in
start)
	echo "Starting Aurora scheduler"
	alive && exit 0
	java org.apache.aurora.scheduler.app.SchedulerMain $(cat flags) </dev/null &
	echo $! >run.pid
	echo $! >>pids ;;
stop)
	alive || exit 0
	kill "$(cat run.pid)"
	while alive; do sleep 0.02; done
	rm -f run.pid ;;
status)
	if alive; then echo "aurora-scheduler is running"; exit 0; fi
	[ -e run.pid ] && exit 1
	exit 3 ;;
*) exit 2 ;;
esac
