# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'net/http'
require 'socket'
require_relative 'container'

# One running side of the lab. In a container where runc can run, else a plain process. Either ends by itself when this
# process is gone, as its standard input then ends.
class Side
  READY_WITHIN = 60
  attr_reader :name, :port, :directory

  def initialize(name, directory, plain: false)
    @name = name
    @directory = directory
    @plain = plain || !Container.possible?
    @port = TCPServer.open('127.0.0.1', 0) { |server| server.addr[1] }
  end

  def origin = "http://127.0.0.1:#{port}"
  def state = File.join(directory, 'state')
  def how = @plain ? 'a plain process' : 'in a container (runc)'
  def operations = JSON.parse(File.read(File.join(state, 'operations.json')))
  def keys = Dir[File.join(state, 'keys', '*')].select { |path| File.file?(path) }.sort

  def start
    FileUtils.mkdir_p(state)
    reader, @lifeline = IO.pipe
    @ended = nil
    @pid = @plain ? start_process(reader) : Container.start(self, reader, log)
    reader.close
  end

  # By condition: the API answers. A container that ends before is tried again as a plain process.
  def wait_until_ready
    deadline = clock + READY_WITHIN
    until ready?
      return start_again_plain if ended? && !@plain
      raise "lab: the #{name} side did not start:\n#{log_tail}" if ended? || clock > deadline

      sleep 0.02
    end
  end

  def stop
    @lifeline&.close unless @lifeline&.closed?
    return unless @pid

    deadline = clock + 5
    sleep 0.02 until ended? || clock > deadline
    kill unless ended?
    Container.remove(self) unless @plain
  end

  def log = File.join(directory, 'log')
  def container_id = "batten-lab-#{Process.pid}-#{name}"
  def environment = { 'SIDE' => name, 'PORT' => port.to_s, 'LANG' => 'C.UTF-8' }

  private

  def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  def log_tail = File.exist?(log) ? File.readlines(log).last(12).join : ''

  def start_process(input)
    Process.spawn(environment.merge('LAB_STATE' => state), *Container::PUMA, "tcp://127.0.0.1:#{port}", chdir: Container::APP,
                                                                       in: input, %i[out err] => log)
  end

  def start_again_plain
    warn "==> runc cannot run here (#{log_tail.lines.last.to_s.strip[0, 160]}): the #{name} side runs as a plain process"
    Container.remove(self)
    @lifeline.close
    @plain = true
    start
    wait_until_ready
  end

  def ready?
    Net::HTTP.start('127.0.0.1', port, open_timeout: 1, read_timeout: 5) { |http| http.get('/healthz').is_a?(Net::HTTPOK) }
  rescue SystemCallError, IOError, Timeout::Error
    false
  end

  def ended?
    @ended ||= Process.wait(@pid, Process::WNOHANG)
  rescue Errno::ECHILD
    @ended = true
  end

  def kill
    Container.kill(self) unless @plain
    Process.kill('KILL', @pid)
    Process.wait(@pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end
end
