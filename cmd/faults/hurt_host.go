package main

import (
	"context"

	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/disk"
)

func rebootHost(ctx context.Context, v *victim) error { return v.cluster.RebootHost(ctx, v.host) }

func powerOff(ctx context.Context, v *victim) error {
	return v.cluster.SwitchHost(ctx, v.host, sandbox.PowerOff)
}

func powerOn(ctx context.Context, v *victim) error {
	return v.cluster.SwitchHost(ctx, v.host, sandbox.PowerOn)
}

func fillDisk(_ context.Context, v *victim) error {
	return v.cluster.SetDisk(v.host, disk.State{Full: true})
}

func mendDisk(_ context.Context, v *victim) error { return v.cluster.SetDisk(v.host, disk.State{}) }

func fillDiskForAWhile(ctx context.Context, v *victim) error {
	if err := fillDisk(ctx, v); err != nil {
		return err
	}
	sleep(ctx, short)
	return mendDisk(ctx, v)
}

func mountReadOnly(_ context.Context, v *victim) error {
	return v.cluster.SetDisk(v.host, disk.State{ReadOnly: []string{"etc"}})
}

func makeImmutable(_ context.Context, v *victim) error {
	return v.cluster.SetDisk(v.host, disk.State{Immutable: []string{"etc/default/aurora-scheduler", "etc/aurora/clusters.json"}})
}

// corruptUpload changes one byte of the next file that is written to the host while the command runs.
func corruptUpload(ctx context.Context, v *victim) error {
	if err := v.cluster.SetDisk(v.host, disk.State{Corrupt: true}); err != nil {
		return err
	}
	select {
	case <-v.ended:
	case <-ctx.Done():
	}
	return mendDisk(ctx, v)
}
