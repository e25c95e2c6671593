-- wrk: every request another signed message, in the order of the file that BENCH_BODIES names; one line each,
-- signature and form apart by a tab. Starts at line BENCH_FROM and says how many lines were used.
local lines, at = {}, 0
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init()
  local first, line = tonumber(os.getenv("BENCH_FROM")), 0
  for text in io.lines(os.getenv("BENCH_BODIES")) do
    line = line + 1
    if line > first then
      local signature, form = text:match("^(.-)\t(.*)$")
      lines[#lines + 1] = wrk.format("POST", nil, {
        ["Content-Type"] = "application/x-www-form-urlencoded",
        ["X-Twilio-Signature"] = signature,
        ["Host"] = os.getenv("BENCH_HOST"),
      }, form)
    end
  end
  sent = 0
end

function request()
  at = at + 1
  sent = at
  if at > #lines then
    return wrk.format("GET", "/health")
  end
  return lines[at]
end

function done(summary, latency, _)
  local asked = 0
  for _, thread in ipairs(threads) do
    asked = asked + thread:get("sent")
  end
  local e = summary.errors
  io.write(string.format(
    '{"seconds": %.3f, "answered": %d, "asked": %d, "p50_ms": %.2f, "p99_ms": %.2f, "worst_ms": %.2f, "refused": %d, "broken": %d}\n',
    summary.duration / 1e6, summary.requests, asked, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
