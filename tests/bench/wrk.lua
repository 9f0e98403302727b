-- Sends the requests of the file that REQUESTS names, a line each: path, tab, body.
-- They begin at line FIRST, and the figures come out as JSON.

local requests = {}
local next_request = tonumber(os.getenv("FIRST"))

function init()
  wrk.headers["Authorization"] = os.getenv("AUTHORIZATION")
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(os.getenv("REQUESTS")) do
    local path, body = line:match("(.*)\t(.*)")
    local method = body == "" and "GET" or "POST"
    requests[#requests + 1] = wrk.format(method, path, nil, body ~= "" and body or nil)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"seconds": %f, "requests": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.duration / 1e6, summary.requests,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
