# frozen_string_literal: true

require 'base64'
require 'json'
require 'openssl'

module Batten
  # Stands in for the `jwt` gem where tokens are read: `JWT.decode(token, key, true, options)` becomes
  # `Batten::JWT.decode(token, key, true, options)`. What that gem lets pass by default is an error here: a call without
  # algorithms, issuer or audience raises {PermissiveUse}, whatever the token; and `exp` is always needed.
  module JWT
    class Error < Batten::Error; end

    # The call itself would accept too much: a mistake of the program, not of the token.
    class PermissiveUse < ArgumentError; end

    # A token was refused. The classes are named as those of the `jwt` gem.
    class DecodeError < Error
      # @return [String] the stable name, as of {Refused#reason}
      attr_reader :reason

      def initialize(message, reason = nil)
        @reason = reason
        super(message)
      end
    end

    class VerificationError < DecodeError; end
    class IncorrectAlgorithm < DecodeError; end
    class ExpiredSignature < DecodeError; end
    class ImmatureSignature < DecodeError; end
    class InvalidIssuerError < DecodeError; end
    class InvalidAudError < DecodeError; end
    class InvalidIatError < DecodeError; end
    class InvalidSubError < DecodeError; end
    class InvalidJtiError < DecodeError; end
    class MissingRequiredClaim < DecodeError; end

    ERRORS = {
      VerificationError => %w[signature-length signature-range signature-invalid],
      IncorrectAlgorithm => %w[alg-missing alg-not-allowed alg-key-mismatch alg-none],
      ExpiredSignature => %w[expired], ImmatureSignature => %w[not-yet-valid],
      InvalidIssuerError => %w[iss-missing iss-unknown], InvalidAudError => %w[aud-missing aud-invalid aud-mismatch],
      InvalidIatError => %w[issued-in-future], MissingRequiredClaim => %w[exp-missing claim-missing iat-missing]
    }.flat_map { |error, reasons| reasons.map { |reason| [reason, error] } }.to_h.freeze
    private_constant :ERRORS

    class << self
      # @param token [String]
      # @param key [String, OpenSSL::PKey, OpenSSL::X509::Certificate, nil] nil only with the option `jwks`
      # @param verify [true] false raises {PermissiveUse}
      # @param options [Hash] needed: `algorithm` or `algorithms`, `iss`, `aud`. Also: `leeway`, `required_claims`, `sub`,
      #   `verify_jti` (true, or a Proc), `jwks` (Hash or Array of JWKs), `max_lifetime` (seconds)
      # @return [Array(Hash, Hash)] payload and header
      # @raise [PermissiveUse] the call would accept too much
      # @raise [DecodeError] the token is refused
      def decode(token, key = nil, verify = true, options = {}, &keyfinder)
        raise PermissiveUse, 'verify must be true: an unverified token says nothing' unless verify == true
        raise PermissiveUse, 'a block that picks a key by the unverified header is not taken: use the option jwks' if keyfinder

        use = Use.of(key, options)
        payload = use.verifier.verify(token)
        use.check(payload)
        [payload, JSON.parse(Base64.urlsafe_decode64(token[0, token.index('.')]))]
      rescue Refused => e
        raise ERRORS.fetch(e.reason, DecodeError).new(e.message, e.reason)
      end
    end
  end
end

require_relative 'jwt/use'
