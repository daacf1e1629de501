-- Sends ready-made requests in turn; says at the end how it went, in one line of JSON. Called by bench/wrk.py.
local requests, count, next_one = {}, 0, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local size = file:read("*l")
    if not size then break end
    count = count + 1
    requests[count] = file:read(tonumber(size))
  end
  file:close()
  next_one = math.floor(count * tonumber(args[2]))
end

function request()
  next_one = next_one % count + 1
  return requests[next_one]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"refused":%d,"broken":%d,"status":%d,"timeout":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, e.connect, e.read + e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
