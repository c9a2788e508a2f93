# frozen_string_literal: true

require 'json'
require 'open3'
require 'uri'
require 'yaml'

# The ground truth against the reports, flaw by flaw. `found`: as the truth says. `missed`: not found, or not with its
# severity. `too many`: found where the truth has nothing. `no check`: the scanner has no such check (yet); `no row`: the truth does not name the check.
class Table
  Line = Struct.new(:side, :verdict, :check, :operation, :note)
  TRUTH = File.expand_path('../truth.yaml', __dir__)

  def initialize(scans, truth = YAML.safe_load(File.read(TRUTH)), checks = Table.checks)
    @scans = scans
    @flaws = truth.fetch('flaws')
    @also = truth.fetch('also').map { |row| row['check'] }
    @elsewhere = truth.fetch('elsewhere', []).map { |row| row['check'] }
    @checks = checks
  end

  def self.checks
    out, status = Open3.capture2(Scan.batten(ROOT), 'checks', '--format', 'json')
    raise 'lab: batten checks failed' unless status.success?

    JSON.parse(out).map { |row| row['id'] }
  end

  def lines
    @lines ||= @scans.flat_map { |scan| scan.side.name == 'weak' ? weak_lines(scan) : strict_lines(scan) } + unknown_lines
  end

  def failed = lines.count { |line| ['missed', 'too many'].include?(line.verdict) }
  def passed = lines.count { |line| line.verdict == 'found' || line.verdict == 'silent' }

  def print
    width = lines.map { |line| line.check.length }.max
    lines.each do |line|
      puts format("%-6s  %-8s  %-#{width}s  %s%s", line.side, line.verdict, line.check, line.operation,
                  line.note ? "  (#{line.note})" : '')
    end
    @scans.each { |scan| puts scan.line }
    puts "#{passed} passed, #{failed} failed"
    failed.zero? && @scans.none?(&:incomplete?) ? 0 : 1
  end

  private

  def weak_lines(scan)
    @flaws.map { |flaw| weak_line(scan.report, flaw) } + surplus(scan, @flaws)
  end

  def weak_line(report, flaw)
    found = findings(report).select { |f| tells?(f, flaw) }
    severities = found.map { |f| f['severity'] }.uniq
    verdict = if severities == [flaw['severity']] then 'found'
              elsif !@checks.include?(flaw['check']) then 'no check'
              else 'missed'
              end
    Line.new('weak', verdict, flaw['check'], flaw['operation'], verdict == 'missed' ? reason(report, flaw, severities) : nil)
  end

  def reason(report, flaw, severities)
    return "severity #{severities.join(', ')} instead of #{flaw['severity']}" unless severities.empty?

    left_out = report['not_tested'].find { |n| n['check'] == flaw['check'] && n['where'] == flaw['operation'] }
    left_out ? "not tested: #{left_out['reason']}" : 'tested and silent'
  end

  # Every flaw has a strict twin that must be silent.
  def strict_lines(scan)
    @flaws.map do |flaw|
      found = findings(scan.report).any? { |f| tells?(f, flaw) }
      verdict = if found then 'too many'
                elsif !@checks.include?(flaw['check']) then 'no check'
                else 'silent'
                end
      Line.new('strict', verdict, flaw['check'], flaw['operation'], nil)
    end + surplus(scan, @flaws)
  end

  def unknown_lines
    known = @flaws.map { |flaw| flaw['check'] } + @also + @elsewhere
    (@checks - known).grep_v(/\A(rb|k8s|docker|compose)-/).map { |check| Line.new('', 'no row', check, '', 'truth.yaml does not name it') }
  end

  def surplus(scan, expected)
    findings(scan.report).reject { |f| expected.any? { |flaw| tells?(f, flaw) } || @also.include?(f['check']) }
                         .map { |f| Line.new(scan.side.name, 'too many', f['check'], Table.operation(f), f['severity']) }
  end

  def findings(report) = report['findings']

  # A parameter of the path, as {id}, stands for any value.
  def tells?(finding, flaw)
    pattern = Regexp.escape(flaw['operation']).gsub(/\\\{\w+\\\}/, '[^/]+')
    finding['check'] == flaw['check'] && Table.operation(finding).match?(/\A#{pattern}\z/)
  end

  def self.operation(finding)
    where = finding['where']
    "#{where['method']} #{URI.parse(where['url'].to_s[/\A[^?#]*/]).path}"
  end
end
