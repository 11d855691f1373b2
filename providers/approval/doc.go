// Package approval signs plan files with SSH keys and says by whom a plan was signed. A signature is as ssh-keygen makes it, and can be
// checked without restorectl:
//
//	ssh-keygen -Y verify -f allowed_signers -I alice -n restorectl-plan -s restore.plan.alice.sig < restore.plan
//
// Who may approve stands in a file in the format ALLOWED SIGNERS of ssh-keygen(1).
package approval

// Namespace is what signatures of plans are for; a signature for something else, such as a git commit, is none.
const Namespace = "restorectl-plan"
