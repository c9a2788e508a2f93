# frozen_string_literal: true

module Batten
  # Verifies tokens against a policy. One for the whole process: any number of threads may use it at once.
  #
  #   VERIFIER = Batten::Verifier.new(policy: "config/batten.yml")
  #   claims = VERIFIER.verify(token)     # Hash, or raises Batten::Refused
  #
  # Key files and revocation lists that change are taken over within a second, while tokens are verified.
  class Verifier
    # @param policy [String] path of a policy file (docs/policy.md)
    # @param cache_bytes [Integer] memory for tokens already verified; 0 for none. Time, revocation, replay and binding
    #   are checked again for each of them
    # @raise [PolicyError] with file, line and column of each problem
    def initialize(policy:, cache_bytes: 1024 * 1024)
      @native = policy.is_a?(Native::Policy) ? policy : Native::Policy.read(policy, cache_bytes)
    end

    # @param token [String, nil] the token alone, without "Bearer "
    # @param method [String, nil] the request's method and url, for tokens bound to a DPoP key
    # @param url [String, nil] absolute
    # @param dpop [String, Array<String>, nil] the DPoP header field's values
    # @param client_certificate [String, nil] PEM or DER, for tokens bound to a certificate
    # @return [Hash{String => Object}] the claims
    # @raise [Refused]
    def verify(token, method: nil, url: nil, dpop: nil, client_certificate: nil)
      answer = @native.verify(token, method, url, dpop, client_certificate)
      return answer if answer.instance_of?(Hash)

      raise Refused.new(*answer)
    end

    # @return [String, nil] the DPoP nonce that clients get now, for the DPoP-Nonce field of an answer to a refusal with the
    #   reason "dpop-nonce"; nil where the policy asks for none
    def dpop_nonce = @native.dpop_nonce

    # Looks for changed keys and revocations now, instead of within half a second.
    # @return [Boolean] whether something was taken over
    def refresh = @native.refresh

    # @return [Symbol] :enforce or :observe
    def mode = @native.mode

    # @return [String] what the policy allows and refuses, in words
    def describe = @native.describe

    # @api private
    attr_reader :native
  end
end
