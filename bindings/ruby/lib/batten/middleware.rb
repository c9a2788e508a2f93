# frozen_string_literal: true

require 'json'
require_relative 'reading'

module Batten
  # Decides each request by a policy, before the application sees it.
  #
  #   use Batten::Middleware, policy: "config/batten.yml"
  #
  # An allowed request reaches the application with `env["batten.claims"]` (Hash, or nil on a public route without a
  # token) and `env["batten.scopes"]` (Array of String). A refused one gets 401, 403 or 503 with an empty body, the same
  # for every reason; the reason goes to the log and into {#counts}.
  #
  # Put it last, next to the application: what other middlewares make of path and method is then what is decided on.
  class Middleware
    CLAIMS = 'batten.claims'
    SCOPES = 'batten.scopes'
    OBSERVE = 'batten.observe'
    OWN = %w[HTTP_X_BATTEN_SUBJECT HTTP_X_BATTEN_SCOPES HTTP_X_BATTEN_ISSUER].freeze

    Decision = Struct.new(:allowed, :would_refuse, :status, :reason, :challenge, :claims, :scopes, :forwarded, :nonce)

    # @param app [#call]
    # @param policy [String, nil] path of a policy file
    # @param verifier [Verifier, nil] instead of it, one that the application has already
    # @param certificate [Proc, nil] env -> the client's certificate (PEM or DER). Without it: what Puma sets when it ends
    #   TLS itself. Never take it from a header that a client can send
    # @param on_decision [Proc, nil] called with env and the {Decision}, for metrics of your own
    def initialize(app, policy: nil, verifier: nil, certificate: nil, on_decision: nil)
      raise ArgumentError, 'Batten::Middleware needs policy: or verifier:' unless policy || verifier

      @app = app
      @native = (verifier || Verifier.new(policy: policy)).native
      @certificate = certificate || ->(env) { env['puma.peercert']&.to_der }
      @on_decision = on_decision
      @dropped = (@native.forwarded + OWN).freeze
      @observe = @native.mode == :observe
      @counts = Hash.new(0)
      @lock = Mutex.new
      Batten.logger.warn('batten: mode is observe: nothing is refused, only logged and counted') if @observe
    end

    # @return [Hash{String => Integer}] decisions so far, by reason: "none" for allowed
    def counts = @lock.synchronize { @counts.dup }

    def call(env)
      @dropped.each { |field| env.delete(field) }
      [CLAIMS, SCOPES, OBSERVE].each { |name| env.delete(name) }
      decision = decide(env)
      note(env, decision)
      return refusal(decision) unless decision.allowed

      env[CLAIMS] = decision.claims
      env[SCOPES] = decision.scopes
      env[OBSERVE] = true if @observe
      env.merge!(decision.forwarded)
      decision.nonce ? with_nonce(@app.call(env), decision.nonce) : @app.call(env)
    end

    private

    # The client's own is about to end (RFC 9449 section 8.2).
    def with_nonce((status, headers, body), nonce) = [status, headers.merge('dpop-nonce' => nonce), body]

    def decide(env)
      reading = Reading.new(env)
      return forbid('path-ambiguous') unless reading.one_path?

      decision = Decision.new(*@native.decide(reading.verb, reading.host, reading.scheme, reading.target, env, @certificate.call(env)))
      return decision if decision.status != 0
      return forbid('path-ambiguous') unless one_route?(reading)

      reading.overridden? ? forbid('method-overridden') : decision
    rescue ArgumentError, TypeError, EncodingError, EOFError, RangeError, SystemCallError => e
      Batten.logger.warn("batten: a request could not be read: #{e.class}")
      forbid('request-invalid')
    end

    def one_route?(reading)
      others = reading.others
      return true if others.empty?

      route = @native.route(reading.verb, reading.host, reading.target)
      others.all? { |verb, host, target| @native.route(verb, host, target) == route }
    end

    def forbid(reason) = Decision.new(@observe, @observe, 403, reason, nil, nil, [], {})

    def note(env, decision)
      @lock.synchronize { @counts[decision.reason] += 1 }
      @on_decision&.call(env, decision)
      return if decision.status.zero?

      Batten.logger.info(JSON.generate(event: decision.allowed ? 'would-refuse' : 'refuse', reason: decision.reason,
                                       status: decision.status, method: printable(env['REQUEST_METHOD']),
                                       path: printable(env['PATH_INFO'])))
    end

    # Without the query, which may hold a token; as text that no terminal or log reader takes for more.
    def printable(text) = text.to_s[0, 200].dup.force_encoding(Encoding::UTF_8).scrub('?').gsub(/[[:cntrl:]]/, '?')

    def refusal(decision)
      headers = { 'cache-control' => 'no-store', 'content-length' => '0' }
      headers['www-authenticate'] = decision.challenge if decision.challenge
      headers['dpop-nonce'] = decision.nonce if decision.nonce
      [decision.status, headers, []]
    end
  end
end
