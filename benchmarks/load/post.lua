-- POSTs one body again and again; the environment says what.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
for name, value in os.getenv("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end

-- Times are microseconds. wrk counts answers of 400 and above as errors of status.
function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"micros":%d,"broken":%d,"refused":%d,"p50":%d,"p95":%d,"p99":%d,"most":%d}\n',
    summary.requests, summary.duration, broken, errors.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max
  ))
end
