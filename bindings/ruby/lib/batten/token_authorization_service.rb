# frozen_string_literal: true

require 'base64'

module Batten
  # Authenticates a token and asks for a scope from a finite list: what is not on the list cannot be granted, be it by a
  # token or by a typing error in the program.
  #
  #   service = Batten::TokenAuthorizationService.new(secret: Rails.application.credentials.jwt_secret)
  #   claims = service.authorize(token, "read:data")      # or raises Batten::Refused
  #
  # For other names, derive a class and set ISSUER, AUDIENCE and SCOPES.
  class TokenAuthorizationService
    ISSUER = 'my-rails-auth-service'
    AUDIENCE = 'my-rails-app'
    SCOPES = %w[read:data write:data admin:read].freeze
    ALGORITHM = 'HS256'
    MAX_LIFETIME = '1h'

    # @param secret [String, nil] the HMAC secret's bytes, at least 32
    # @param policy [String, nil] instead of it, the path of a policy file, whose scopes must be {SCOPES} or fewer
    # @raise [PolicyError]
    def initialize(secret: nil, policy: nil)
      raise ArgumentError, 'either secret: or policy:' if secret.nil? == policy.nil?

      @native = policy ? Native::Policy.read(policy, 1024 * 1024) : build(secret)
    end

    # @return [Hash] the claims of the verified token
    # @raise [Refused] with status 401, or 403 (reason "insufficient-scope") when the scope is missing
    # @raise [ArgumentError] for a scope that is not on the list
    def authorize(token, scope)
      known = self.class::SCOPES
      raise ArgumentError, "unknown scope #{scope.inspect}: one of #{known.join(', ')}" unless known.include?(scope)

      claims, scopes = authenticate(token)
      raise Refused.new('insufficient-scope', "needs #{scope}", nil, 403) unless scopes.include?(scope)

      claims
    end

    # @return [Boolean]
    def authorized?(token, scope)
      authorize(token, scope)
      true
    rescue Refused
      false
    end

    # @return [Array(Hash, Array<String>)] claims, and those scopes of the token that are on the list
    # @raise [Refused]
    def authenticate(token)
      claims, scopes, = answer = @native.verify_scopes(token)
      raise Refused.new(*answer) unless claims.is_a?(Hash)

      [claims, scopes & self.class::SCOPES]
    end

    private

    def build(secret)
      rules = { issuers: [{ issuer: self.class::ISSUER, audiences: [self.class::AUDIENCE], algorithms: [self.class::ALGORITHM],
                            max_lifetime: self.class::MAX_LIFETIME, required: ['sub'] }],
                scopes: { claim: 'scopes', allow: self.class::SCOPES } }
      key = JSON.generate(kty: 'oct', k: Base64.urlsafe_encode64(secret, padding: false))
      Native::Policy.build(rules, key, 1024 * 1024)
    end
  end
end
