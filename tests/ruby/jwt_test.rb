# frozen_string_literal: true

require_relative 'helper'

class JWTTest < BattenTest
  JWT = Batten::JWT
  USE = { algorithm: 'HS256', iss: World::ISSUER, aud: World::AUDIENCE }.freeze

  def decode(text, **options) = JWT.decode(text, secret, true, USE.merge(options))

  def assert_permissive(pattern, key = secret, verify = true, options = USE)
    error = assert_raises(JWT::PermissiveUse, pattern.inspect) { JWT.decode(token, key, verify, options) }
    assert_match pattern, error.message
    refute_includes error.message, '/proc'
  end

  def test_payload_and_header_come_back_as_from_the_jwt_gem
    payload, header = decode(World.token(secret, header: { kid: 'any' }))
    assert_equal 'user-7', payload['sub']
    assert_equal({ 'alg' => 'HS256', 'typ' => 'JWT', 'kid' => 'any' }, header)
    assert_equal payload, JWT.decode(token, secret, true, { 'algorithms' => ['HS256'], 'iss' => ['other', World::ISSUER], 'aud' => World::AUDIENCE })[0]
  end

  def test_public_keys_and_certificates_verify
    certificate = OpenSSL::X509::Certificate.new
    certificate.public_key = World::RSA
    certificate.not_before = Time.now - 1
    certificate.not_after = Time.now + 60
    certificate.sign(World::RSA, 'SHA256')
    [['RS256', World::RSA, World::RSA], ['RS256', World::RSA, World::RSA.public_key], ['RS256', World::RSA, certificate],
     ['ES256', World::EC, World::EC]].each do |alg, signing, key|
      assert JWT.decode(World.token(signing, alg: alg), key, true, USE.merge(algorithm: alg)), alg
    end
  end

  def test_key_sets_choose_by_kid
    set = { keys: [{ kty: 'oct', kid: 'a', k: World.base64(secret) }, { kty: 'oct', kid: 'b', k: World.base64('b' * 32) }] }
    options = USE.merge(jwks: set)
    assert JWT.decode(World.token(secret, header: { kid: 'a' }), nil, true, options)
    assert JWT.decode(World.token('b' * 32, header: { kid: 'b' }), nil, true, USE.merge(jwks: set[:keys]))
    assert_raises(JWT::VerificationError) { JWT.decode(World.token(secret, header: { kid: 'b' }), nil, true, options) }
    assert_raises(JWT::DecodeError) { JWT.decode(World.token(secret, header: { kid: 'c' }), nil, true, options) }
  end

  def test_each_permissive_call_is_an_error_whatever_the_token
    assert_permissive(/verify/, secret, false)
    assert_permissive(/verify/, secret, nil)
    assert_permissive(/algorithms/, secret, true, {})
    assert_permissive(/algorithms/, secret, true, USE.reject { |k, _| k == :algorithm })
    assert_permissive(/algorithms/, secret, true, USE.merge(algorithm: nil, algorithms: []))
    assert_permissive(/none/i, secret, true, USE.merge(algorithm: 'none'))
    assert_permissive(/none/i, secret, true, USE.merge(algorithms: %w[HS256 none]))
    assert_permissive(/HMAC|famil|together/i, secret, true, USE.merge(algorithms: %w[HS256 RS256]))
    assert_permissive(/iss/, secret, true, USE.reject { |k, _| k == :iss })
    assert_permissive(/aud/, secret, true, USE.merge(aud: []))
    %i[verify_iss verify_aud verify_expiration verify_not_before verify_iat verify_sub].each { |off| assert_permissive(/#{off}/, secret, true, USE.merge(off => false)) }
    assert_permissive(/no key/, nil)
    assert_permissive(/empty/, '')
    assert_permissive(/secret has 5 bytes/, 'short')
    assert_permissive(/PEM/, World::RSA.public_to_pem)
    assert_permissive(/String/, World::RSA)
    assert_permissive(/PKey/, secret, true, USE.merge(algorithm: 'RS256'))
    assert_permissive(/2048|1024/, OpenSSL::PKey::RSA.new(1024), true, USE.merge(algorithm: 'RS256'))
    assert_permissive(/leeway/, secret, true, USE.merge(leeway: 100_000))
    assert_permissive(/leeway/, secret, true, USE.merge(leeway: -1))
    assert_permissive(/unknown option/, secret, true, USE.merge(verify_isss: true))
    assert_permissive(/loader/, nil, true, USE.merge(jwks: ->(_) {}))
    assert_permissive(/jwks/, secret, true, USE.merge(jwks: { keys: [] }))
    assert_permissive(/Hash/, secret, true, nil)
    assert_raises(JWT::PermissiveUse) { JWT.decode(token, nil, true, USE) { |_header| secret } }
    assert_raises(JWT::PermissiveUse) { JWT.decode(token, secret) }
    assert_raises(JWT::PermissiveUse) { JWT.decode(token) }
  end

  def test_refusals_have_the_classes_of_the_jwt_gem
    now = Time.now.to_i
    { JWT::ExpiredSignature => token(iat: now - 900, exp: now - 300), JWT::VerificationError => World.token('x' * 32),
      JWT::IncorrectAlgorithm => World.token('', alg: 'none'), JWT::InvalidIssuerError => token(iss: 'x'), JWT::InvalidAudError => token(aud: 'x'),
      JWT::ImmatureSignature => token(nbf: now + 500), JWT::InvalidIatError => token(iat: now + 500, exp: now + 900),
      JWT::MissingRequiredClaim => token(exp: nil), JWT::DecodeError => 'rubbish' }.each do |error, bad|
      assert_instance_of error, assert_raises(JWT::DecodeError) { decode(bad) }
    end
    assert_raises(JWT::MissingRequiredClaim) { decode(token, required_claims: ['nonce']) }
    assert_raises(JWT::InvalidSubError) { decode(token, sub: 'user-8') }
    assert_raises(JWT::InvalidJtiError) { decode(token, verify_jti: true) }
    assert_raises(JWT::InvalidJtiError) { decode(token(jti: 'a'), verify_jti: ->(jti) { jti == 'b' }) }
    assert decode(token(jti: 'a'), verify_jti: ->(jti, payload) { jti == 'a' && payload['sub'] })
    assert_equal 'aud-mismatch', assert_raises(JWT::DecodeError) { decode(token(aud: 'x')) }.reason
  end

  def test_another_key_or_option_is_another_use
    other = SecureRandom.bytes(32)
    3.times do
      assert decode(token)
      assert_raises(JWT::VerificationError) { JWT.decode(token, other, true, USE) }
      assert_raises(JWT::InvalidAudError) { decode(token, aud: 'another') }
    end
    100.times { |i| assert_raises(JWT::InvalidAudError) { decode(token, aud: "a#{i}") } }
    assert decode(token)
  end

  def test_a_closed_memory_file_is_never_read_again
    assert decode(token)
    files = Array.new(20) { |i| File.open(write("other#{i}", 'x' * 32, 0o600)) }
    sleep 0.6 # longer than what key files are looked at again after
    assert decode(token)
  ensure
    files.each(&:close)
  end

  def test_the_service_grants_from_a_finite_list
    service = Batten::TokenAuthorizationService.new(secret: secret)
    assert_equal 'user-7', service.authorize(token, 'read:data')['sub']
    assert_equal 403, assert_raises(Batten::Refused) { service.authorize(token, 'admin:read') }.status
    assert_equal 401, assert_raises(Batten::Refused) { service.authorize(token(aud: 'x'), 'read:data') }.status
    assert_equal 'lifetime-too-long', assert_raises(Batten::Refused) { service.authorize(token(exp: Time.now.to_i + 90_000), 'read:data') }.reason
    assert_raises(ArgumentError) { service.authorize(token(scopes: %w[root]), 'root') }
    assert_equal %w[read:data], service.authenticate(token(scopes: %w[read:data root]))[1]
    assert service.authorized?(token, 'read:data')
    refute service.authorized?('x', 'read:data')
    assert_raises(Batten::PolicyError) { Batten::TokenAuthorizationService.new(secret: 'short') }
    wide = Batten::TokenAuthorizationService.new(policy: policy(scopes: { claim: 'scopes', allow: %w[read:data root] }))
    assert_equal %w[read:data], wide.authenticate(token(scopes: %w[read:data root]))[1]
  end
end
