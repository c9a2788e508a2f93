# frozen_string_literal: true

# The table of the lab is able to fail.
ROOT = File.expand_path('../..', __dir__)
require_relative '../../lab/lib/table'

FakeSide = Struct.new(:name)
FakeScan = Struct.new(:side, :report)
TRUTH = { 'flaws' => [{ 'flaw' => 'none', 'operation' => 'GET /a', 'check' => 'jwt-alg-none', 'severity' => 'critical' }],
          'also' => [{ 'check' => 'hsts' }] }.freeze

def finding(check, path, severity)
  { 'check' => check, 'severity' => severity, 'where' => { 'method' => 'GET', 'url' => "http://127.0.0.1:1#{path}" } }
end

def verdicts(side, *findings, checks: %w[jwt-alg-none])
  scan = FakeScan.new(FakeSide.new(side), { 'findings' => findings, 'not_tested' => [] })
  Table.new([scan], TRUTH, checks).lines.map(&:verdict)
end

def expect(sentence, expected, actual)
  return if expected == actual

  warn "#{sentence}: #{actual.inspect} instead of #{expected.inspect}"
  exit 1
end

none = finding('jwt-alg-none', '/a', 'critical')
expect 'a flaw that is reported is found', ['found'], verdicts('weak', none)
expect 'a flaw that is not reported is missed', ['missed'], verdicts('weak')
expect 'a flaw with another severity is missed', ['missed'], verdicts('weak', finding('jwt-alg-none', '/a', 'low'))
expect 'a finding elsewhere is too many', ['missed', 'too many'], verdicts('weak', finding('jwt-alg-none', '/b', 'critical'))
expect 'what is true of the whole lab is not', ['found'], verdicts('weak', none, finding('hsts', '/a', 'low'))
expect 'a strict twin without a finding is silent', ['silent'], verdicts('strict')
expect 'a strict twin with one is too many', ['too many'], verdicts('strict', none)
expect 'a check that the truth does not name is told', ['silent', 'no row'], verdicts('strict', checks: %w[jwt-alg-none new])
expect 'a flaw without a check counts for nothing', ['no check'], verdicts('weak', checks: [])
