package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tellSystemd tells systemd, where it started this process, that the worker has begun
// (Type=notify), that it lives (WatchdogSec=), and that it stops. It returns when outside
// ends; work ends when the drain begins. A broker that is down is no reason to be started
// anew: what is asked before each sign of life is only the supervisor's lock, which a
// process that hangs does not give.
func (e *engine) tellSystemd(work, outside context.Context) {
	if !told(e.log, daemon.SdNotifyReady) {
		return
	}
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		e.log.Warn("systemd: the watchdog's time in WATCHDOG_USEC cannot be read", "error", err)
	}
	var alive <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every / 3)
		defer t.Stop()
		alive = t.C
	}
	for stopping := work.Done(); ; {
		select {
		case <-alive:
			e.fleet.Tallies()
			told(e.log, daemon.SdNotifyWatchdog)
		case <-stopping:
			told(e.log, daemon.SdNotifyStopping)
			stopping = nil
		case <-outside.Done():
			return
		}
	}
}

// told sends one state, and returns whether there is somebody to tell.
func told(log *slog.Logger, state string) bool {
	ok, err := daemon.SdNotify(false, state)
	if err != nil {
		log.Warn("systemd could not be told; look at NOTIFY_SOCKET", "state", state, "error", err)
	}
	return ok || err != nil
}
