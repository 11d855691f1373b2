# The scheduler's process: it waits for nothing.
[ -e "$HOME/stubborn" ] && trap '' TERM
[ -e "$HOME/dies" ] && exit 1
read never <>"$HOME/fifo"
