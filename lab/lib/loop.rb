# frozen_string_literal: true

require 'delegate'
require 'fileutils'
require 'openssl'
require 'socket'
require 'yaml'

# The loop: scan the weak side, take the policies out of the report, put nginx in front with `batten guard serve` or with the
# module, scan again.
class Loop
  TOKENS = /\A(jwt|claim)-|\Aopen-endpoint\z/.freeze
  # What no guard can change: what the application makes of claims that the owner's own key signed, and what the issuer
  # writes into tokens.
  APPLICATION = /\Aclaim-/.freeze
  ISSUER = %w[jwt-lifetime-long jwt-sensitive-claim jwt-in-response-body].freeze
  Line = Struct.new(:severity, :check, :operation, :after)

  # The weak side as it is reached through nginx.
  class Guarded < SimpleDelegator
    attr_reader :origin

    def initialize(side, origin)
      super(side)
      @origin = origin
    end

    def name = 'guarded'
    def directory = File.join(super, 'guarded')
    def state = __getobj__.state
  end

  def initialize(side, root, by_module: false)
    @side = side
    @root = root
    @by_module = by_module
    @directory = File.join(side.directory, 'guarded')
    @running = []
    abort 'lab/loop: nginx is needed: apt-get install --no-install-recommends nginx' unless nginx
  end

  def run
    FileUtils.mkdir_p(@directory)
    say 'scanning the weak side'
    @before = Scan.new(@side, @root, logout: false).run(quiet: true)
    say "starting #{policies.length} guards with the policies of the report, #{@by_module ? 'in nginx' : 'and nginx before them'}"
    guarded = Guarded.new(@side, start)
    say "scanning again, through nginx at #{guarded.origin}"
    @after = Scan.new(guarded, @root, logout: false).run(quiet: true)
    print_table
    accepted.zero? ? 0 : 1
  ensure
    @running.each { |pid| stop(pid) }
  end

  private

  def say(text)
    puts "==> #{text}"
    $stdout.flush
  end

  def nginx = [*ENV['PATH'].split(':'), '/usr/sbin'].map { |path| File.join(path, 'nginx') }.find { |path| File.executable?(path) }
  def token_findings(scan) = scan.report['findings'].select { |f| f['check'].match?(TOKENS) }

  # The distinct policies of the report, the commonest first.
  def policies
    @policies ||= token_findings(@before).map { |f| f.dig('fix', 'policy') }.compact.tally.sort_by { |_, n| -n }.map(&:first)
  end

  # What the report cannot know is filled in: where the owner's keys lie.
  def write_policy(text, index)
    policy = YAML.safe_load(text)
    policy['issuers'].each { |issuer| issuer['keys'] = keys_for(issuer['algorithms'].first) }
    File.join(@directory, "policy-#{index}.yaml").tap { |path| File.write(path, YAML.dump(policy)) }
  end

  def keys_for(alg)
    return { 'file' => key_file('main') } if alg.start_with?('HS')

    name, kid = alg.start_with?('ES') ? %w[ec ec-1] : %w[rsa rsa-1]
    path = File.join(@directory, "#{name}.pem")
    File.write(path, OpenSSL::PKey.read(File.read(key_file(name))).public_to_pem)
    { 'file' => path, 'kid' => kid }
  end

  def key_file(name) = File.join(@side.state, 'keys', name)
  def free_port = TCPServer.open('127.0.0.1', 0) { |server| server.addr[1] }

  def start
    @guards = policies.each_with_index.map do |text, index|
      path = write_policy(text, index)
      free_port.tap { |port| @by_module || serve(port, Scan.batten(@root), 'guard', 'serve', '--policy', path,
                                                 '--listen', "127.0.0.1:#{port}", '--metrics', 'off') }
    end
    port = free_port
    File.write(File.join(@directory, 'nginx.conf'), configuration(port))
    serve(port, nginx, '-p', @directory, '-c', 'nginx.conf')
    "http://127.0.0.1:#{port}"
  end

  # By condition: it listens.
  def serve(port, *words)
    log = File.join(@directory, 'serve.log')
    @running << Process.spawn(*words, %i[out err] => [log, 'a'])
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
    begin
      TCPSocket.open('127.0.0.1', port).close
    rescue SystemCallError
      ended = Process.wait(@running.last, Process::WNOHANG)
      @running.pop if ended
      late = Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      raise "lab/loop: #{words.first} did not start:\n#{File.readlines(log).last(12).join}" if ended || late

      sleep 0.02
      retry
    end
  end

  def stop(pid)
    Process.kill('TERM', pid)
    Process.wait(pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end

  # Everything under /api asks the guard of the commonest policy; an operation whose finding names another asks that one.
  def configuration(port)
    <<~CONFIGURATION
      #{"load_module #{File.dirname(File.expand_path(Scan.batten(@root)))}/bindings/nginx/ngx_http_batten_module.so;" if @by_module}
      daemon off; master_process off; worker_processes 1; pid #{@directory}/nginx.pid; error_log #{@directory}/error.log;
      events { worker_connections 512; }
      http {
        access_log off;
        #{%w[client_body proxy fastcgi uwsgi scgi].map { |name| "#{name}_temp_path #{@directory}/#{name};" }.join("\n  ")}
        large_client_header_buffers 8 16k;
        server {
          listen 127.0.0.1:#{port};
          location / { proxy_pass #{@side.origin}; proxy_set_header Host $http_host; }
          location /api/ { #{guarded_by(0)} }
          #{others.map { |path, index| "location = #{path} { #{guarded_by(index)} }" }.join("\n    ")}
          #{@guards.each_with_index.map { |at, index| ask(at, index) }.join unless @by_module}
        }
        #{@guards.each_with_index.map { |at, index| module_server(at, index) }.join if @by_module}
      }
    CONFIGURATION
  end

  def guarded_by(index)
    return "proxy_pass http://127.0.0.1:#{@guards[index]}; proxy_set_header Host $http_host;" if @by_module

    "auth_request /batten-#{index}; proxy_pass #{@side.origin}; proxy_set_header Host $http_host;"
  end

  # A policy belongs to a server.
  def module_server(port, index)
    <<~SERVER
      server {
        listen 127.0.0.1:#{port};
        batten_policy #{@directory}/policy-#{index}.yaml; batten on;
        location / { proxy_pass #{@side.origin}; proxy_set_header Host $http_host; }
      }
    SERVER
  end

  def others
    token_findings(@before).map { |f| [Table.operation(f).split(' ').last, policies.index(f.dig('fix', 'policy')) || 0] }
                           .select { |path, index| index.positive? && path.start_with?('/api/') }.to_h
  end

  def ask(port, index)
    <<~LOCATION
      location = /batten-#{index} {
        internal;
        proxy_pass http://127.0.0.1:#{port}; proxy_pass_request_body off; proxy_set_header Content-Length "";
        proxy_set_header X-Original-Method $request_method; proxy_set_header X-Original-URI $request_uri;
        proxy_set_header X-Original-Host $http_host; proxy_set_header X-Original-Scheme $scheme;
        proxy_set_header X-Original-Client-Cert "";
      }
    LOCATION
  end

  def lines
    @lines ||= token_findings(@before).map do |f|
      operation = Table.operation(f)
      Line.new(f['severity'], f['check'], operation, after(f['check'], operation))
    end
  end

  def after(check, operation)
    if token_findings(@after).any? { |f| f['check'] == check && Table.operation(f) == operation }
      return 'stays: for the application to mend' if check.match?(APPLICATION)

      return ISSUER.include?(check) ? 'stays: for the issuer to mend' : 'STILL ACCEPTED'
    end

    left_out = @after.report['not_tested'].find { |n| n['check'] == check && n['where'] == operation }
    left_out ? "gone: #{left_out['reason']}" : 'gone'
  end

  def accepted = lines.count { |line| line.after == 'STILL ACCEPTED' }

  def print_table
    width = lines.map { |line| line.check.length }.max.to_i
    lines.each { |line| puts format("%-8s  %-#{width}s  %-34s  %s", *line.to_a) }
    [@before, @after].each { |scan| puts scan.line }
    stays = lines.count { |line| line.after.start_with?('stays') }
    puts "#{lines.length} token findings before; after: #{accepted} still accepted, #{stays} for application or issuer to mend"
  end
end
