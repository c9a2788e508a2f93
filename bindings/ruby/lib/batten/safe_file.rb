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
      # @raise [SinkRefused]
      def read(root, name, limit: LIMIT)
        reason, content = Native.read_beneath(root, name, limit)
        raise SinkRefused.new(reason) if reason

        content
      end
    end
  end
end
