# A supervisor of one unit with real processes. In $HOME, flags are the scheduler's; the file "stubborn" makes its process ignore SIGTERM,
# "dies" makes it end at once, "watchdog" brings it back after a stop. A process that ended is brought back when somebody asks. Of the
# drop-ins in etc/systemd/system/aurora-scheduler.service.d it obeys a condition on a path, once they were loaded.
cd "$HOME" || exit 1
alive() { [ -s pid ] && kill -0 "$(cat pid)" 2>/dev/null; }
launch() {
	java org.apache.aurora.scheduler.app.SchedulerMain $(cat flags) </dev/null >/dev/null 2>&1 &
	echo $! >pid
	echo $! >>pids
}
met() {
	[ -e loaded ] || return 0
	path=$(sed -n 's/^ConditionPathExists=//p' loaded)
	[ -z "$path" ] || [ -e "$path" ]
}
case $1 in
daemon-reload)
	rm -f loaded loaded-paths
	for file in "$HOME"/etc/systemd/system/aurora-scheduler.service.d/*.conf; do
		if [ -e "$file" ]; then
			cat "$file" >>loaded
			echo "$file" >>loaded-paths
		fi
	done ;;
show)
	case $3 in
	--property=UnitPath)
		printf 'UnitPath=/run/systemd/transient %s/etc/systemd/system /lib/systemd/system\n' "$HOME"
		exit ;;
	--property=DropInPaths)
		printf 'DropInPaths=%s\n' "$([ ! -e loaded-paths ] || paste -s -d ' ' loaded-paths)"
		exit ;;
	esac
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
start)
	if met; then
		touch wanted
		alive || launch
	fi ;;
stop)
	if alive; then
		kill "$(cat pid)"
		while alive; do sleep 0.02; done
	fi
	rm -f wanted between ;;
esac
