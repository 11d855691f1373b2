# A supervisor of one unit with real processes. In $HOME, flags are the scheduler's; the file "stubborn" makes its process ignore SIGTERM,
# "dies" makes it end at once, "watchdog" brings it back after a stop. A process that ended is brought back when somebody asks.
cd "$HOME" || exit 1
alive() { [ -s pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
launch() {
	java org.apache.aurora.scheduler.app.SchedulerMain $(cat flags) </dev/null >/dev/null 2>&1 &
	echo $! >pid
	echo $! >>pids
}
case $1 in
show)
	if [ -e missing ]; then printf 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\n'; exit; fi
	if [ -e watchdog ] && [ ! -e wanted ]; then touch wanted; launch; fi
	if [ ! -e wanted ]; then printf 'LoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\n'; exit; fi
	if alive && [ ! -e dies ]; then printf 'LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=%s\n' "$(cat pid)"; exit; fi
	if [ -e dies ] && [ ! -e between ]; then
		touch between
		printf 'LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nMainPID=0\nResult=exit-code\n'
		exit
	fi
	rm -f between
	launch
	printf 'LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=%s\n' "$(cat pid)" ;;
start) touch wanted; alive || launch ;;
stop)
	if alive; then
		kill "$(cat pid)"
		while alive; do sleep 0.02; done
	fi
	rm -f wanted between ;;
esac
