# frozen_string_literal: true

require 'fileutils'
require 'json'

# One scan of one side: the description; the good token of each operation, recorded in an HTTP archive; another user's token;
# the signing keys.
class Scan
  attr_reader :side, :report

  # logout: false leaves the tokens alive, for a second scan with them.
  def initialize(side, root, logout: true)
    @side = side
    @root = root
    @logout = logout ? ['--logout', 'POST /api/session/logout'] : []
  end

  def self.batten(root)
    places = [ENV['BATTEN'], File.join(root, 'build/batten'), File.join(root, 'build/src/cli/batten')].compact
    places.find { |path| File.executable?(path) } or abort 'lab: batten is not built: ./try builds it'
  end

  # quiet: neither report nor progress, another scan has the terminal.
  def run(print_report: false, quiet: false)
    FileUtils.mkdir_p(File.dirname(html))
    File.write(archive, JSON.generate(har))
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    @code = scan(print_report ? $stdout : text, quiet ? log : $stderr)
    @seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
    raise "lab: the scan of the #{side.name} side ended with exit code #{@code}\n#{complaint}" unless [0, 1, 3].include?(@code)

    @report = JSON.parse(File.read(json))
    self
  end

  # Every run says in one line what to expect of each side.
  def self.summarize(scans)
    puts
    scans.each { |scan| puts scan.line }
    scans.all?(&:as_expected?) ? 0 : 1
  end

  def line
    high = report['findings'].count { |f| %w[critical high].include?(f['severity']) }
    format('==> %-6s grade %s, %d findings, %d of them high or critical; %d requests in %.1f s; HTML report: %s', side.name,
           report['grade'], report['findings'].length, high, report['requests'], @seconds, html.delete_prefix("#{Dir.pwd}/"))
  end

  def pretty = File.read(text)

  # Exit code 3 says that the scan was not completed: never a pass.
  def as_expected?
    return false if incomplete?

    severe = report['findings'].any? { |f| %w[critical high].include?(f['severity']) }
    side.name == 'weak' ? report['grade'] == 'F' && severe : !severe
  end

  def incomplete? = @code == 3

  private

  # The scanner ends with this process, whatever ends it.
  def scan(out, err)
    pid = Process.spawn(Scan.batten(@root), 'scan', *arguments, out: out, err: err)
    status = Process.wait2(pid).last
    pid = nil
    status.exitstatus
  ensure
    if pid
      Process.kill('KILL', pid)
      Process.wait(pid)
    end
  end

  def html = File.join(@root, 'batten-report', "#{side.name}.html")
  def text = File.join(side.directory, 'report.txt')
  def log = File.join(side.directory, 'scan.log')
  def complaint = File.exist?(log) ? File.read(log) : ''
  def json = File.join(side.directory, 'report.json')
  def archive = File.join(side.directory, 'operations.har')

  def arguments
    keys = side.keys.flat_map { |path| ['--signing-key', path] }
    ["#{side.origin}/", '--spec', File.join(@root, 'lab/openapi.yaml'), '--har', archive, '--as', "other=#{other}", *keys,
     '--allow-writes', *@logout,
     '--rate', '2000', '--max-requests', '100000',
     '--format', 'json', '--output', json, '--format', 'html', '--output', html, '--format', 'pretty']
  end

  def har
    entries = side.operations.map { |o| { request: request(o) } }
    { log: { version: '1.2', creator: { name: 'lab', version: '1' }, entries: entries } }
  end

  def other = side.operations.find { |o| o['path'].start_with?('/api/receipts/') }.fetch('other')

  def request(operation)
    headers = operation['headers'].map { |name, value| { name: name, value: value } }
    headers << { name: 'Content-Type', value: 'application/json' } if operation['body']
    { method: operation['method'], url: side.origin + operation['path'], headers: headers,
      postData: operation['body'] && { mimeType: 'application/json', text: operation['body'] } }.compact
  end
end
