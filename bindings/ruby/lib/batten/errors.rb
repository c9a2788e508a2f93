# frozen_string_literal: true

module Batten
  # What everything of this gem raises descends from.
  class Error < StandardError; end

  # The policy cannot be used. The message names each problem with file, line and column.
  class PolicyError < Error; end

  # A token was refused. Never tell a client more than 401: the reason is for logs and metrics.
  class Refused < Error
    # @return [String] the stable name, such as "aud-mismatch"; `batten token verify --refusals` lists them
    attr_reader :reason
    # @return [String] more of the reason; holds no byte of the token
    attr_reader :detail
    # @return [Integer] number of the rule that refused, 1 to 23
    attr_reader :rule
    # @return [Integer] 401; 503 when the issuer has no usable key just now; 403 for a missing scope
    attr_reader :status

    def initialize(reason, detail = '', rule = nil, status = 401)
      @reason = reason
      @detail = detail
      @rule = rule
      @status = status
      super(detail.empty? ? reason : "#{reason}: #{detail}")
    end
  end

  # A safe sink refused what it was given. Rails answers with 403, or 404 for a {SinkNotFound}.
  class SinkRefused < Error
    # @return [String] the stable name, such as "symlink", "address", "dash"
    attr_reader :reason

    def initialize(reason, sentence = nil)
      @reason = reason
      super("#{reason}: #{sentence || Native.sink_sentence(reason)}")
    end

    # @return [Integer] what a client may be told
    def status = 403
  end

  # There is no such file.
  class SinkNotFound < SinkRefused
    def initialize = super('not-found')

    def status = 404
  end
end
