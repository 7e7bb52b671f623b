"""What AWS accepts, as plain values: names, words, engines, schedules. No I/O."""
