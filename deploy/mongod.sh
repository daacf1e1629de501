#!/bin/bash
# Runs mongod in the container `mongo` of compose.yaml: as a replica set of one, with authentication, and a log without personal data.
set -eu
umask 077

# Members of a replica set know each other by this file. There is one member, so that each start may make its own.
key=/tmp/leadlight-keyfile
rm -f "$key"
head -c 756 /dev/urandom | base64 -w 0 > "$key"
[ "$(id -u)" != 0 ] || chown mongodb "$key"

# Slow and failing operations are logged with queries and documents. Slow ones are switched off; of what may speak of failing ones
# everything but the message is cut off here (`redactClientLogData` exists in the Enterprise edition only).
keep='^\{"t":\{"\$date":"[^"]*"\},"s":"[A-Z0-9]+", *"c":"(CONTROL|NETWORK|ELECTION|FTDC|ASIO|CONNPOOL|RECOVERY|JOURNAL|WT[A-Z]*)"'

exec docker-entrypoint.sh mongod --replSet leadlight --keyFile "$key" --bind_ip_all --quiet --noscripting \
  --slowms 2147483647 --slowOpSampleRate 0 --profile 0 --networkMessageCompressors disabled "$@" \
  > >(exec sed -uE "/$keep/!s/, *\"attr\":.*\$/}/") 2>&1
