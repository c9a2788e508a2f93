# frozen_string_literal: true

class Refused < StandardError; end

# A token as its bytes say it.
Token = Struct.new(:text, :header, :claims, :signature)

# Refuses a member that stands twice.
class UniqueMembers < Hash
  def []=(name, value)
    raise Refused, "#{name} stands twice" if key?(name)

    super
  end
end

# Holder-of-key proofs (RFC 9449).
module HolderKey
  def self.holder_jwk
    point = Keys[:holder].pkey.public_key.to_octet_string(:uncompressed)
    { crv: 'P-256', kty: 'EC', x: Keys.base64(point[1, 32]), y: Keys.base64(point[33, 32]) }
  end

  # RFC 7638: the members in this order, without spaces.
  def self.thumbprint = Keys.base64(OpenSSL::Digest.digest('SHA256', JSON.generate(holder_jwk)))

  def self.proved?(request, token)
    proof, header = JWT.decode(request.headers['DPoP'].to_s, Keys[:holder].pkey, true, algorithms: ['ES256'])
    header['typ'] == 'dpop+jwt' && proof['htm'] == request.request_method && proof['htu'] == Lab.origin + request.path &&
      proof['ath'] == Keys.base64(OpenSSL::Digest.digest('SHA256', token.text)) && (Time.now.to_i - proof['iat']).abs < 3600
  rescue JWT::DecodeError, NoMethodError, TypeError
    false
  end
end

# Every rule of an access token, each in a method of its own. A weak verifier overrides one of them.
class StrictVerifier
  LIMIT = 8192
  LATEST = 253_402_300_799 # the end of the year 9999
  SIGNATURE_SIZES = { 'HS256' => 32, 'HS384' => 48, 'HS512' => 64, 'RS256' => 256, 'ES256' => 64 }.freeze
  FOREIGN_KEYS = %w[jwk jku x5c x5u x5t x5t#S256].freeze
  LEEWAY = 30
  REVOKED = Set.new

  attr_reader :operation

  def initialize(operation) = @operation = operation
  def key = Keys[operation.key_name]
  def alg = operation.alg

  # The claims of an acceptable token; raises Refused for every other.
  def verify(text, request)
    check_size(text)
    token = parse(text)
    check_header(token.header)
    check_kid(token.header)
    check_signature(token)
    check_claims(token.claims)
    check_binding(request, token)
    token.claims
  end

  def check_size(text) = require!(text.bytesize <= LIMIT, 'too long')

  def parse(text)
    parts = text.split('.', -1)
    require!(parts.length == 3, 'not three parts')
    Token.new(text, read_object(parts[0]), read_claims(parts[1]), decode(parts[2]))
  end

  def read_claims(part) = read_object(part)

  def check_header(header)
    check_alg(header)
    check_typ(header)
    check_critical(header)
    check_encoding(header)
    require!((FOREIGN_KEYS - tolerated & header.keys).empty?, 'a key from the token')
  end

  def check_alg(header) = require!(header['alg'] == alg, 'alg')
  def check_typ(header) = require!(header['typ'].to_s.casecmp?('at+jwt'), 'typ')
  def check_critical(header) = require!(!header.key?('crit'), 'crit')
  def check_encoding(header) = require!(!header.key?('b64'), 'b64')
  def check_kid(header) = require!(header['kid'] == key.kid, 'kid')
  def tolerated = []

  def check_signature(token)
    require!(token.signature.bytesize == SIGNATURE_SIZES.fetch(alg), 'signature length')
    JWT.decode(token.text, key.verifying, true, algorithms: [alg], verify_expiration: false, verify_not_before: false)
  rescue JWT::DecodeError, OpenSSL::OpenSSLError
    raise Refused, 'signature'
  end

  def check_claims(claims)
    check_types(claims)
    check_expiry(claims)
    check_not_before(claims)
    check_issued(claims)
    check_issuer(claims)
    check_audience(claims)
    require!(claims['sub'].is_a?(String) && claims['jti'].is_a?(String), 'sub or jti')
    check_revoked(claims)
  end

  # Times are numbers (RFC 7519 section 2), all of them there.
  def check_types(claims)
    %w[exp nbf iat].each do |name|
      next if claims[name].nil? && optional.include?(name)

      require!(claims[name].is_a?(Numeric) && claims[name].between?(0, LATEST), name)
    end
  end

  def optional = []
  def check_expiry(claims) = require!(claims['exp'].nil? || claims['exp'] > now - LEEWAY, 'expired')
  def check_not_before(claims) = require!(claims['nbf'] <= now + LEEWAY, 'not yet valid')
  def check_issued(claims) = require!(claims['iat'] <= now + LEEWAY, 'issued in the future')
  def check_issuer(claims) = require!(claims['iss'] == Lab::ISSUER, 'iss')
  def check_audience(claims) = require!(claims['aud'] == Lab::AUDIENCE, 'aud')
  def check_revoked(claims) = require!(!REVOKED.include?(claims['jti']), 'revoked')

  def check_binding(request, token)
    require!(!token.claims.key?('cnf') || HolderKey.proved?(request, token), 'not bound')
  end

  private

  def now = Time.now.to_i

  def require!(condition, reason)
    raise Refused, reason unless condition
  end

  # base64url without padding, in its one canonical form
  def decode(part)
    require!(part.match?(/\A[\w-]*\z/), 'base64url')
    bytes = part.tr('-_', '+/').unpack1('m')
    require!(Keys.base64(bytes) == part, 'base64url')
    bytes
  end

  def read_object(part, members = UniqueMembers)
    value = JSON.parse(decode(part).force_encoding('UTF-8'), object_class: members, max_nesting: 32)
    require!(value.is_a?(Hash), 'not an object')
    value
  rescue JSON::ParserError, EncodingError
    raise Refused, 'JSON'
  end
end
