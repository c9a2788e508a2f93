# frozen_string_literal: true

module Batten
  # Runs a program on values that come from outside: an argument vector and never a shell, an empty environment, no
  # inherited descriptor, no gain of privileges, limits of time, memory and output. A shell or interpreter runs on a script
  # file that is a trusted argument, and on nothing else. When the call returns, nothing that it started runs any more.
  module SafeProcess
    # Where a program named without a slash is looked for. PATH has no say.
    DIRECTORIES = %w[/usr/bin /bin /usr/sbin /sbin /usr/local/bin].freeze

    # What became of the process.
    # status: exit code, nil when a signal ended it. signal: its number, or nil. output, error: what it wrote, binary.
    Result = Struct.new(:status, :signal, :output, :error) do
      # @return [Boolean] whether it ended with exit code 0
      def success? = status == 0
    end

    class << self
      # @param argv [Array<String>] program (absolute, or a name found in {DIRECTORIES}) and arguments
      # @param trusted [Integer] how many of them, from the front, the program itself chose (at least 1). The others may
      #   not start with "-"
      # @param allow_dash [Boolean] lets the others start with "-" all the same
      # @param input [String, nil] its standard input
      # @param directory [String, nil] its working directory; "/" when nil
      # @param environment [Hash{String => String}, nil] all of its environment
      # @param timeout [Numeric] seconds, then it and all that it started are killed
      # @param memory [Integer] bytes of address space
      # @param output [Integer] bytes that it may write
      # @param landlock [Boolean] lets it open only system directories and `readable`, and write only `writable`
      # @param seccomp [Boolean] takes dangerous system calls and network sockets away
      # @return [Result]
      # @raise [SinkRefused] it was not run, or was ended for passing a limit
      def run(argv, trusted: 1, allow_dash: false, input: nil, directory: nil, environment: nil, timeout: 10,
              memory: 512 * 1024 * 1024, output: 1024 * 1024, landlock: false, readable: [], writable: [], seccomp: false)
        raise ArgumentError, 'argv is an Array of String, never a command line' unless argv.is_a?(Array) && argv.all?(String)
        raise ArgumentError, 'timeout, memory and output must be above zero' unless [timeout, memory, output].all?(&:positive?)
        raise ArgumentError, 'trusted must be 1 or more' unless trusted.is_a?(Integer) && trusted >= 1
        raise SinkRefused.new('bad-byte') if argv.any? { |one| one.include?("\0") }

        reason, *ended = Native.spawn([program(argv.first), *argv.drop(1)],
                                      { first_untrusted: trusted, allow_dash: allow_dash, input: input, directory: directory,
                                        environment: environment&.map { |name, value| "#{name}=#{value}" },
                                        timeout_ms: (timeout * 1000).ceil, memory_limit: memory, output_limit: output,
                                        landlock: landlock, readable: readable, writable: writable, seccomp: seccomp })
        raise SinkRefused.new(reason) if reason

        result(*ended)
      end

      private

      def result(code, signal, output, error)
        signal.zero? ? Result.new(code, nil, output, error) : Result.new(nil, signal, output, error)
      end

      def program(name)
        raise SinkRefused.new('empty') if name.nil? || name.empty?
        return name if name.include?('/')

        DIRECTORIES.map { |dir| File.join(dir, name) }.find { |path| File.file?(path) && File.executable?(path) } or
          raise SinkRefused.new('program')
      end
    end
  end
end
