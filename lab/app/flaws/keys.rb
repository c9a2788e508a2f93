# frozen_string_literal: true

# Family: which key verifies, and who chooses it?
require 'net/http'

# Fetches from loopback and from nowhere else: the flaw is real, its reach is this machine.
module Fetch
  def self.get(url)
    uri = URI.parse(url.to_s)
    raise Refused, 'not loopback' unless uri.is_a?(URI::HTTP) && %w[127.0.0.1 localhost].include?(uri.host)

    Net::HTTP.start(uri.host, uri.port, nil, nil, open_timeout: 2, read_timeout: 2) { |http| http.get(uri.request_uri).body }
  rescue URI::Error, SystemCallError, IOError, Timeout::Error, SocketError, ArgumentError
    raise Refused, 'not fetched'
  end
end

# The secret stands in every tutorial (see Keys).
class TeamsController < ApiController
  operation 'secret-weak', get: '/api/teams', key: :guessable, summary: 'My teams'
  def show = render(json: { teams: %w[platform payments] })
end

# A variable that nobody sets is a second, empty secret.
class SecretBlank < StrictVerifier
  def check_signature(token)
    secrets = [key.secret, ENV['JWT_PREVIOUS_SECRET'].to_s]
    signed = token.text.rpartition('.').first
    raise Refused, 'signature' if secrets.none? { |one| OpenSSL::HMAC.digest('SHA256', one, signed) == token.signature }
  end
end

class MembersController < ApiController
  operation 'secret-blank', get: '/api/members', weak: SecretBlank, summary: 'Members of my team'
  def show = render(json: { members: [{ name: 'Ada' }, { name: 'Grace' }] })
end

# What the four verifiers below share: the token brings the key, in one header member.
class ForeignKey < StrictVerifier
  def tolerated = [member]
  def check_kid(header) = header.key?(member) || super

  def check_signature(token)
    return super unless token.header.key?(member)

    JWT.decode(token.text, key_from(token.header[member]), true, algorithms: [alg], verify_expiration: false,
                                                                 verify_not_before: false)
  rescue JWT::DecodeError, OpenSSL::OpenSSLError, ArgumentError, TypeError, NoMethodError, KeyError, JSON::ParserError
    raise Refused, 'signature'
  end
end

class JwkEmbedded < ForeignKey
  def member = 'jwk'
  def key_from(jwk) = JWT::JWK.import(jwk).keypair
end

class X5cEmbedded < ForeignKey
  def member = 'x5c'
  def key_from(chain) = OpenSSL::X509::Certificate.new(chain.first.unpack1('m')).public_key
end

class JkuFetched < ForeignKey
  def member = 'jku'
  def key_from(url) = JWT::JWK.import(JSON.parse(Fetch.get(url)).fetch('keys').first).keypair
end

class X5uFetched < ForeignKey
  def member = 'x5u'
  def key_from(url) = OpenSSL::X509::Certificate.new(Fetch.get(url)).public_key
end

class PartnersController < ApiController
  operation 'jwk-embedded', get: '/api/partners/catalogue', action: :catalogue, alg: 'RS256', weak: JwkEmbedded,
                            summary: 'What partners may sell'
  operation 'x5c-embedded', get: '/api/partners/prices', action: :prices, alg: 'RS256', weak: X5cEmbedded,
                            summary: 'Prices for partners'
  operation 'jku-fetched', get: '/api/partners/orders', action: :orders, alg: 'RS256', weak: JkuFetched,
                           summary: 'Orders through partners'
  operation 'x5u-fetched', get: '/api/partners/contract', action: :contract, alg: 'RS256', weak: X5uFetched,
                           summary: 'The contract'
  def catalogue = render(json: { items: %w[desk lamp chair] })
  def prices = render(json: { desk: '420.00', lamp: '35.00' })
  def orders = render(json: { open: 4, shipped: 19 })
  def contract = render(json: { terms: 'net 30', until: '2027-06-30' })
end

# kid is joined to a path, so /dev/null gives the empty secret.
class KidPath < StrictVerifier
  DIRECTORY = File.join(Lab.state, 'keys', 'by-kid')
  FileUtils.mkdir_p(DIRECTORY)
  File.binwrite(File.join(DIRECTORY, 'main'), Keys::MAIN)

  def check_kid(header) = header['kid'].is_a?(String) || super

  def check_signature(token)
    secret = File.open(File.join(DIRECTORY, token.header['kid']), 'rb') { |file| file.read(4096) }.to_s
    signed = token.text.rpartition('.').first
    raise Refused, 'signature' unless OpenSSL::HMAC.digest('SHA256', secret, signed) == token.signature
  rescue SystemCallError, ArgumentError
    raise Refused, 'kid'
  end
end

class WarehousesController < ApiController
  operation 'kid-path', get: '/api/warehouses/main', weak: KidPath, summary: 'The main warehouse'
  def show = render(json: { city: 'Aarhus', stock: 1880 })
end

# kid is pasted into a statement.
class KidInjection < StrictVerifier
  DATABASE = SQLite3::Database.new(':memory:')
  DATABASE.execute('CREATE TABLE keys (kid TEXT, secret TEXT)')
  DATABASE.execute('INSERT INTO keys VALUES (?, ?)', ['main', Keys::MAIN.unpack1('H*')])
  LOCK = Mutex.new

  def check_kid(header) = header['kid'].is_a?(String) || super

  def check_signature(token)
    secret = LOCK.synchronize { DATABASE.get_first_value("SELECT secret FROM keys WHERE kid = '#{token.header['kid']}'") }
    signed = token.text.rpartition('.').first
    raise Refused, 'signature' unless secret && OpenSSL::HMAC.digest('SHA256', [secret].pack('H*'), signed) == token.signature
  end
end

class SuppliersController < ApiController
  operation 'kid-injection', get: '/api/suppliers/preferred', weak: KidInjection, summary: 'The preferred supplier'
  def show = render(json: { name: 'Nordholz', rating: 4 })
end

# Published key sets: one clean, two with a flaw on the weak side.
class KeySetsController < ApiController
  operation 'jwks', get: '/.well-known/jwks.json', action: :clean, open: true, summary: 'The public keys'
  operation 'jwks-private-key', get: '/jwks.json', action: :backup, open: true, summary: 'The key set of the old issuer'
  operation 'jwks-weak-key', get: '/oauth/discovery/keys', action: :legacy, open: true, summary: 'The key set for partners'

  OLD = Keys::Key.new(kid: 'old-1', pkey: OpenSSL::PKey::RSA.new(2048))
  PARTNER = Keys::Key.new(kid: 'partner-1', pkey: OpenSSL::PKey::RSA.new(Lab.weak? ? 1024 : 2048))

  def clean = render(json: { keys: [Keys[:rsa].public_jwk] })
  def backup = render(json: { keys: [weak? ? OLD.private_jwk : OLD.public_jwk] })
  def legacy = render(json: { keys: [PARTNER.public_jwk] })
end
