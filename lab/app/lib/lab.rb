# frozen_string_literal: true

require 'digest'
require 'fileutils'
require 'json'
require 'securerandom'
require 'set'
require 'uri'

# What the whole lab shares: which side it is, and the operations that the families of flaws register.
module Lab
  ISSUER = 'my-rails-auth-service'
  AUDIENCE = 'my-rails-app'
  SIDE = ENV.fetch('SIDE', 'weak')
  abort "SIDE is weak or strict, not #{SIDE}" unless %w[weak strict].include?(SIDE)

  # flaw: the row of truth.yaml. alg, key: of its good token. claims, header: what that token carries besides the usual.
  # place: bearer, or cookie:NAME. weak: the verifier of the weak side. parameters, fields, takes: for openapi.yaml, of the
  # query or path, the answer, the body. body: what a client sends. hidden: openapi.yaml does not know it.
  Operation = Struct.new(:flaw, :verb, :path, :controller, :action, :alg, :key, :weak, :claims, :header, :place, :open,
                         :user, :summary, :parameters, :hidden, :fields, :takes, :body, keyword_init: true) do
    def key_name = key || { 'HS' => :main, 'RS' => :rsa, 'ES' => :ec }.fetch(alg[0, 2])
    def verifier = @verifier ||= (Lab.weak? && weak || StrictVerifier).new(self)

    # With the example values of its parameters: those named in the path, the others as a query.
    def example_path
      values = parameters || {}
      inside, outside = values.partition { |name, _| path.include?(":#{name}") }
      at = inside.reduce(path) { |text, (name, value)| text.sub(":#{name}", value) }
      outside.empty? ? at : "#{at}?#{URI.encode_www_form(outside)}"
    end
  end

  @operations = []
  @middleware = []

  class << self
    attr_reader :operations, :middleware

    def weak? = SIDE == 'weak'
    def strict? = SIDE == 'strict'
    def state = ENV.fetch('LAB_STATE')
    def origin = "http://127.0.0.1:#{ENV.fetch('PORT')}"

    # Whether a container holds this process: only there do claims reach all of its file system.
    def contained? = ENV['LAB_CONTAINED'] == 'yes'

    def register(**facts)
      operations << Operation.new(alg: 'HS256', action: :show, place: 'bearer', user: 'user-7', claims: {}, header: {}, **facts)
      operations.last
    end
  end
end
