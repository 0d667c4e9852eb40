# SPDX-License-Identifier: GPL-2.0-or-later
# What the terminal tests share: a home of their own, a terminal of 24 by 80, and checks that name
# what they waited for. Run as: TEST.exp BINARY DUMP

set binary [lindex $argv 0]
set dump [lindex $argv 1]
set timeout 30
set stty_init "rows 24 cols 80"
set prompt {\] ?> $}
log_user 0

set home [exec mktemp -d]
set env(HOME) $home
set env(TERM) xterm
set env(NO_COLOR) 1
set env(SHELL) /bin/sh
set env(INPUTRC) $home/inputrc
foreach name {XDG_CONFIG_HOME XDG_STATE_HOME PAGER LESS LESSOPEN DEBUGINFOD_URLS} {
    unset -nocomplain env($name)
}
set file [open $home/inputrc w]
puts $file "set enable-bracketed-paste off\nset bell-style none\nset show-all-if-ambiguous on"
close $file

proc finish {status} {
    global home
    file delete -force $home
    exit $status
}

proc failed {what} {
    global expect_out
    puts "FAILED: $what"
    if {[info exists expect_out(buffer)]} {
        puts "the terminal had: $expect_out(buffer)"
    }
    finish 1
}

# Starts kx-crash with these options and waits for its prompt.
proc start {args} {
    global binary dump prompt spawn_id
    spawn -noecho $binary {*}$args $dump
    wait_for $prompt "a prompt at the start"
}

# Waits for a regular expression.
proc wait_for {pattern what} {
    global spawn_id expect_out
    expect {
        -re $pattern { return }
        timeout { failed "$what: nothing like \"$pattern\" came" }
        eof { failed "$what: the session ended" }
    }
}

# Types a line and gives what came until the next prompt.
proc run {line} {
    global prompt spawn_id expect_out
    send -- "$line\r"
    wait_for $prompt "the prompt after \"$line\""
    return $expect_out(buffer)
}

proc check {text pattern what} {
    if {![regexp -- $pattern $text]} {
        failed "$what: \"$pattern\" is not in: $text"
    }
}

proc check_not {text pattern what} {
    if {[regexp -- $pattern $text]} {
        failed "$what: \"$pattern\" is in: $text"
    }
}

# Types @text and Tab, waits for @pattern, and wipes the line.
proc complete {text pattern} {
    global prompt spawn_id
    send -- "$text\t"
    wait_for $pattern "Tab after \"$text\""
    send "\025"
    run "# wiped"
}

# Leaves, and gives the exit status.
proc leave {} {
    global spawn_id
    send "\004"
    expect {
        eof {}
        timeout { failed "Ctrl-D does not end the session" }
    }
    return [lindex [wait] 3]
}
