# What runs in the task of a job: takes one command at a time from S3, carries it out, and tells what came of it.
# Plain POSIX sh with tar and one of curl, python3 or GNU wget. sluice puts the first `in` and `out` in front:
# where the next command is going to be, and where the next message goes. Every command brings the two after it.
set -u
state=idle
header=hello
told=0
started=0
silent_turns=2000 # of 0.3 s: after ten minutes without a word, nobody is there any more
beat=7            # turns without output after which a running step is told of
piece=262144      # bytes of output in one message

nap() { sleep 0.3 2>/dev/null || sleep 1; }

d=$(mktemp -d "${TMPDIR:-/tmp}/sluice-agent-XXXXXX") || exit 93
: > "$d/body"

if command -v curl > /dev/null 2>&1; then
  tool=curl
elif command -v python3 > /dev/null 2>&1; then
  tool=python3
else
  tool=wget
fi
python='import sys, urllib.request as u
method, url, name = sys.argv[1:]
body = open(name, "rb").read() if method == "PUT" else None
answer = u.urlopen(u.Request(url, data=body, method=method, headers={"Content-Type": "application/octet-stream"}), timeout=600).read()
if method == "GET":
    open(name, "wb").write(answer)'

get() { # URL FILE
  case $tool in
  curl) curl -fsS --connect-timeout 10 --max-time 600 -o "$2" "$1" ;;
  python3) python3 -c "$python" GET "$1" "$2" ;;
  *) wget -q -T 600 -t 1 -O "$2" "$1" ;;
  esac 2> "$d/why"
}
put() { # URL FILE
  case $tool in
  curl) curl -fsS --connect-timeout 10 --max-time 600 -o /dev/null -T "$2" "$1" ;;
  python3) python3 -c "$python" PUT "$1" "$2" ;;
  *) wget -q -T 600 -t 1 -O /dev/null --header='Content-Type: application/octet-stream' --method=PUT --body-file="$2" "$1" ;;
  esac 2> "$d/why"
}
tried() { # what, URL FILE: three times
  "$@" || { nap && "$@"; } || { nap && nap && "$@"; }
}

if command -v setsid > /dev/null 2>&1; then session=setsid; else session=; fi

send_signal() { # to the step and all that it started
  [ -s "$d/pid" ] || return 0
  kill -s "$1" -- "-$(cat "$d/pid")" 2> /dev/null || kill -s "$1" "$(cat "$d/pid")" 2> /dev/null
  return 0
}
quit() {
  trap - TERM
  [ "$state" = running ] && send_signal KILL
  rm -rf "$d" "${base:-$d}"
  exit "$1"
}
trap 'quit 143' TERM

start_step() { # files of its own to read back, one a line in $d/back; the script is $d/step
  started=$((started + 1))
  output=$d/output-$started
  rm -f "$d/status" "$d/pid"
  : > "$output"
  told=0
  beats=0
  (
    # Redirected within: a shell tells there, too, that a command of its own was killed.
    $session sh -c 'exec >> "$1" 2>&1 < /dev/null; exec sh "$2" "$3"' sh "$output" "$d/step" "$d"
    echo $? > "$d/status.new"
    mv "$d/status.new" "$d/status"
  ) 2> /dev/null &
  state=running
}

unpack() { # URL of a tar.gz, FOLDER that it is the whole of
  header='failed'
  tried get "$1" "$d/tar" && rm -rf "$2" && mkdir -p "$2" && tar -xzof "$d/tar" -C "$2" 2> "$d/why" && header='done'
  rm -f "$d/tar"
  [ "$header" = 'done' ] || cp "$d/why" "$d/body"
}
pack() { # FOLDER, URL
  header='failed'
  tar -czf "$d/tar" -C "$1" . 2> "$d/why" && tried put "$2" "$d/tar" && header='done'
  rm -f "$d/tar"
  [ "$header" = 'done' ] || cp "$d/why" "$d/body"
}

look_at_step() { # waits until there is something to tell
  waited=0
  while [ ! -f "$d/status" ]; do
    [ $waited -ge 1 ] && [ $(($(wc -c < "$output"))) -gt $told ] && break
    [ $waited -ge $beat ] && break
    waited=$((waited + 1))
    nap
  done
  ended=no
  [ -f "$d/status" ] && ended=yes # looked at before the size: all that the step said is there then
  size=$(($(wc -c < "$output")))
  tail -c +$((told + 1)) "$output" | head -c $piece > "$d/body"
  length=$(($(wc -c < "$d/body")))
  told=$((told + length))
  header="running $length"
  if [ $ended = yes ] && [ $told -ge $size ]; then
    header="ended $(cat "$d/status") $length"
    while IFS= read -r file; do
      if [ -f "$file" ]; then cat "$file" > "$d/part"; else : > "$d/part"; fi
      header="$header $(($(wc -c < "$d/part")))"
      cat "$d/part" >> "$d/body"
    done < "$d/back"
    state=idle
  fi
}

while :; do
  [ $state = running ] && look_at_step
  { echo "$header" && cat "$d/body"; } > "$d/message"
  : > "$d/body"
  silent=0
  until put "$out" "$d/message"; do
    silent=$((silent + 1))
    [ $silent -ge 60 ] && echo "sluice: cannot put a message: $(cat "$d/why")" && quit 91
    nap
  done
  silent=0
  until get "$in" "$d/command"; do
    silent=$((silent + 1))
    [ $silent -ge $silent_turns ] && echo "sluice: nobody answers any more: $(cat "$d/why")" && quit 92
    nap
  done
  . "$d/command"
done
