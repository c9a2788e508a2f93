# frozen_string_literal: true

module Batten
  # Reads a file whose name comes from outside, and nothing outside its directory: no "..", no symbolic link, no other
  # mount, no device, also while somebody swaps parts of the path (openat2).
  module SafeFile
    LIMIT = 16 * 1024 * 1024

    class << self
      # @param root [String] the directory, chosen by the program
      # @param name [String] below it; may come from anywhere
      # @param limit [Integer] bytes that a file may have
      # @return [String] the content, binary
      # @raise [SinkRefused] {SinkNotFound} when there is no such file
      def read(root, name, limit: LIMIT)
        raise ArgumentError, 'limit is a number of bytes, 0 or more' unless limit.is_a?(Integer) && limit >= 0

        reason, content = Native.read_beneath(root, name, limit)
        raise SinkNotFound if reason == 'not-found'
        raise SinkRefused.new(reason) if reason

        content
      end
    end
  end
end
