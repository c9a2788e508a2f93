# frozen_string_literal: true

require_relative 'helper'
require 'net/http'
require 'yaml'

# The lab's weak application, without any server before it: scanned as it is, then behind the middleware.
class LabTest < BattenTest
  ROOT = File.expand_path('../..', __dir__)
  BINARY = [ENV['BATTEN_RELEASE'], ENV['BATTEN'], File.join(ROOT, 'build/batten')].compact.find { |path| File.executable?(path) }
  # What is no forgery: how answers look, and tokens that the owner's key really signed.
  OTHER = %w[jwt-error-detail jwt-in-response-body jwt-sensitive-claim jwt-lifetime-long jwt-not-bound jwt-revoked-accepted jwt-secret-weak].freeze

  # Its token is bound to a key, and the lab's client shows it as Bearer: RFC 9449 section 7.2 has that refused.
  BOUND = '/api/payments/next'

  # Operations of the flaws that forged tokens show, by the lab's own truth.
  FLAWS = YAML.safe_load(File.read(File.join(ROOT, 'lab/truth.yaml'))).fetch('flaws').select { |row| row['check'].start_with?('jwt-') }.map { |row| row['flaw'] }.freeze

  def test_each_forgery_that_the_weak_application_takes_is_refused_behind_the_middleware
    skip 'batten is not built' unless BINARY
    (before, usual), (after, statuses) = %w[no yes].map { |guard| Thread.new { scan(guard) } }.map(&:value)
    assert_operator usual.count { |_, status| status == 200 }, :>=, 25
    assert_equal usual.to_h.merge(BOUND => 401), statuses.to_h, 'good requests are answered as before'
    assert_equal 200, usual.to_h[BOUND]
    assert_operator before.map { |f| f['check'] }.uniq.length, :>=, 20
    assert_empty after.map { |f| [f['check'], f.dig('where', 'url')] }
  end

  private

  def scan(guard)
    run_lab(guard) do |origin, state|
      rows = JSON.parse(File.read(File.join(state, 'operations.json'))).select { |o| FLAWS.include?(o['flaw']) && !o['open'] && o['method'] == 'GET' && o['flaw'] != 'secret-weak' }
      statuses = rows.map { |o| [o['path'], status_of(origin, o)] }
      report = report_of(origin, state, rows)
      forged = report['findings'].select { |f| f['check'].start_with?('jwt-') && f['confidence'] == 'confirmed' }
      [forged.reject { |f| OTHER.include?(f['check']) }, statuses]
    end
  end

  def status_of(origin, row) = Net::HTTP.get_response(URI(origin + row['path']), row['headers']).code.to_i

  def report_of(origin, state, rows)
    entries = rows.map { |o| { request: { method: 'GET', url: origin + o['path'], headers: o['headers'].map { |n, v| { name: n, value: v } } } } }
    archive = write("#{File.basename(state)}.har", JSON.generate(log: { version: '1.2', creator: { name: 'lab', version: '1' }, entries: entries }))
    keys = Dir[File.join(state, 'keys', '*')].select { |path| File.file?(path) }.sort.flat_map { |path| ['--signing-key', path] }
    report = "#{archive}.json"
    said = IO.popen([BINARY, 'scan', "#{origin}/", '--har', archive, *keys, '--rate', '2000', '--max-requests', '100000', '--format', 'json', '--output', report],
                    err: %i[child out], &:read)
    assert File.exist?(report), said
    JSON.parse(File.read(report))
  end

  # The lab ends when its standard input does.
  def run_lab(guard)
    ended = nil
    state = File.join(dir, "state-#{guard}")
    FileUtils.mkdir_p(state)
    port = TCPServer.open('127.0.0.1', 0) { |server| server.addr[1] }
    log = "#{state}.log"
    reader, writer = IO.pipe
    pid = Process.spawn({ 'SIDE' => 'weak', 'GUARD' => guard, 'PORT' => port.to_s, 'LAB_STATE' => state },
                        'puma', '--config', '/dev/null', '--threads', '2:8', '--environment', 'production', File.expand_path('guarded.ru', __dir__),
                        '--bind', "tcp://127.0.0.1:#{port}", in: reader, %i[out err] => log, chdir: File.join(ROOT, 'lab/app'))
    reader.close
    within(60) { up?(port) || ((ended = Process.wait(pid, Process::WNOHANG)) && flunk(File.read(log))) }
    yield "http://127.0.0.1:#{port}", state
  ensure
    writer&.close
    ended || Process.wait(pid) if pid
  end

  def up?(port)
    Net::HTTP.get_response(URI("http://127.0.0.1:#{port}/healthz")).code == '200'
  rescue SystemCallError, IOError
    false
  end
end
