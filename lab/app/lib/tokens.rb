# frozen_string_literal: true

# The good tokens, and what the lab writes for who scans it: operations.json and the signing keys.
module Tokens
  class << self
    def claims(operation, changes = {})
      now = Time.now.to_i
      { iss: Lab::ISSUER, aud: Lab::AUDIENCE, sub: operation.user, iat: now, nbf: now, exp: now + 3600,
        jti: SecureRandom.uuid, scopes: %w[read:data] }.merge(operation.claims).merge(changes).compact
    end

    def good(operation, changes = {})
      key = Keys[operation.key_name]
      header = { typ: 'at+jwt', kid: key.kid }.merge(operation.header)
      JWT.encode(claims(operation, changes), key.signing, operation.alg, header)
    end

    # A DPoP proof (RFC 9449) by the holder's key, for a token that is bound to it.
    def proof(operation, token)
      payload = { jti: SecureRandom.uuid, htm: 'GET', htu: Lab.origin + operation.path, iat: Time.now.to_i,
                  ath: Keys.base64(OpenSSL::Digest.digest('SHA256', token)) }
      JWT.encode(payload, Keys[:holder].pkey, 'ES256', { typ: 'dpop+jwt', jwk: HolderKey.holder_jwk })
    end

    def headers(operation, token)
      kind, name = operation.place.split(':')
      return { 'Cookie' => "#{name}=#{token}" } if kind == 'cookie'

      headers = { 'Authorization' => "Bearer #{token}" }
      headers['DPoP'] = proof(operation, token) if operation.claims[:cnf]
      headers
    end

    def publish(directory)
      rows = Lab.operations.reject(&:hidden).map { |o| row(o) }
      Keys::TABLE.each { |name, key| write(directory, "keys/#{name}", key.private_form) unless name == :holder }
      write(directory, 'operations.json', JSON.pretty_generate(rows))
    end

    private

    def row(operation)
      token = good(operation)
      { flaw: operation.flaw, method: operation.verb.to_s.upcase, path: operation.example_path, template: operation.path,
        summary: operation.summary, open: operation.open, parameters: operation.parameters, fields: operation.fields,
        takes: operation.takes, body: operation.body && JSON.generate(operation.body),
        token: token, headers: operation.open ? {} : headers(operation, token),
        other: operation.open ? nil : good(operation, sub: 'user-8') }.compact
    end

    def write(directory, name, text)
      path = File.join(directory, name)
      FileUtils.mkdir_p(File.dirname(path))
      File.write("#{path}.new", text, perm: 0o600)
      File.rename("#{path}.new", path)
    end
  end
end
