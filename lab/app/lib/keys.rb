# frozen_string_literal: true

require 'openssl'
require 'securerandom'

# Keys made at every start. `secret` or `pkey`, and the kid that names it.
module Keys
  Key = Struct.new(:kid, :secret, :pkey, keyword_init: true) do
    def signing = secret || pkey
    def verifying = secret || (pkey.is_a?(OpenSSL::PKey::EC) ? pkey : pkey.public_key)

    def public_pem = pkey.public_to_pem

    def private_form
      return JSON.generate(kty: 'oct', k: Keys.base64(secret), kid: kid) if secret

      pkey.private_to_pem
    end

    def public_jwk
      numbers = { n: pkey.n, e: pkey.e }.transform_values { |v| Keys.base64(v.to_s(2)) }
      { kty: 'RSA', kid: kid, use: 'sig', alg: 'RS256' }.merge(numbers)
    end

    def private_jwk
      secrets = { d: pkey.d, p: pkey.p, q: pkey.q, dp: pkey.dmp1, dq: pkey.dmq1, qi: pkey.iqmp }
      public_jwk.merge(secrets.transform_values { |v| Keys.base64(v.to_s(2)) })
    end
  end

  def self.base64(bytes) = [bytes].pack('m0').tr('+/', '-_').delete('=')

  MAIN = SecureRandom.random_bytes(32)
  TABLE = {
    main: Key.new(kid: 'main', secret: MAIN),
    # flaw jwt-secret-weak: the secret of a tutorial
    guessable: Key.new(kid: 'team', secret: Lab.weak? ? 'secret' : SecureRandom.random_bytes(32)),
    rsa: Key.new(kid: 'rsa-1', pkey: OpenSSL::PKey::RSA.new(2048)),
    ec: Key.new(kid: 'ec-1', pkey: OpenSSL::PKey::EC.generate('prime256v1')),
    holder: Key.new(kid: 'holder', pkey: OpenSSL::PKey::EC.generate('prime256v1'))
  }.freeze

  def self.[](name) = TABLE.fetch(name)
end
