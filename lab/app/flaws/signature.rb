# frozen_string_literal: true

# Family: is the signature looked at, all of it, and by which algorithm?

# The third argument of JWT.decode is false: nothing is verified.
class SignatureIgnored < StrictVerifier
  def check_signature(token) = JWT.decode(token.text, nil, false)
end

class ProfilesController < ApiController
  operation 'signature-ignored', get: '/api/profile', weak: SignatureIgnored, summary: 'Who am I'
  def show = render(json: { name: 'Ada Jensen', plan: 'team', language: 'en' })
end

# Tokens from "the internal network" need no signature.
class SignatureMissing < StrictVerifier
  def check_signature(token) = token.signature.empty? || super
end

class InvoicesController < ApiController
  operation 'signature-missing', get: '/api/invoices/latest', weak: SignatureMissing, summary: 'The latest invoice'
  def show = render(json: { number: '2026-118', total: '48.00', currency: 'EUR', paid: true })
end

# Compares only as many bytes as the token brings.
class SignatureTruncated < StrictVerifier
  def check_signature(token)
    signed = token.text.rpartition('.').first
    whole = OpenSSL::HMAC.digest('SHA256', key.secret, signed)
    raise Refused, 'signature' unless !token.signature.empty? && whole.start_with?(token.signature)
  end
end

class OrdersController < ApiController
  operation 'signature-truncated', get: '/api/orders', weak: SignatureTruncated, summary: 'My orders'
  def show = render(json: { orders: [{ item: 'standing desk', state: 'shipped' }, { item: 'lamp', state: 'packed' }] })
end

# "none" stands in the list of algorithms, left over from the first days of development.
class AlgNone < StrictVerifier
  def check_alg(header) = header['alg'] == 'none' || super

  def check_signature(token)
    return super unless token.header['alg'] == 'none'

    JWT.decode(token.text, key.verifying, true, algorithms: %w[HS256 none], verify_expiration: false)
  rescue JWT::DecodeError
    raise Refused, 'signature'
  end
end

class SubscriptionsController < ApiController
  operation 'alg-none', get: '/api/subscription', weak: AlgNone, summary: 'My subscription'
  def show = render(json: { plan: 'team', seats: 12, renews: '2027-01-01' })
end

# One PEM for all algorithms: under HS256 the public key becomes the secret.
class KeyConfusion < StrictVerifier
  def check_alg(header) = header['alg'] == 'HS256' || super

  def check_signature(token)
    return super unless token.header['alg'] == 'HS256'

    JWT.decode(token.text, key.public_pem, true, algorithm: token.header['alg'], verify_expiration: false,
                                                 verify_not_before: false)
  rescue JWT::DecodeError
    raise Refused, 'signature'
  end
end

class DeploymentsController < ApiController
  operation 'key-confusion', get: '/api/deployments/current', alg: 'RS256', weak: KeyConfusion, summary: 'The running deployment'
  def show = render(json: { image: 'registry.internal/app:2026.11', replicas: 3, healthy: true })
end

# r and s are never checked to lie in [1, n-1]; zero fits every message.
class EcdsaZero < StrictVerifier
  def check_signature(token) = token.signature == "\0" * 64 || super
end

class DevicesController < ApiController
  operation 'ecdsa-zero', get: '/api/devices', alg: 'ES256', weak: EcdsaZero, summary: 'My devices'
  def show = render(json: { devices: [{ name: 'phone', trusted: true }, { name: 'laptop', trusted: true }] })
end

# JSON.parse keeps the last of two equal members, the gateway in front the first.
class DuplicateMember < StrictVerifier
  def read_claims(part) = read_object(part, Hash)
end

class GatewaysController < ApiController
  operation 'duplicate-member', get: '/api/gateway/quota', weak: DuplicateMember, summary: 'What is left of the quota'
  def show = render(json: { limit: 5000, used: 1204 })
end

# Any HMAC will do.
class AlgNotPinned < StrictVerifier
  HMACS = %w[HS256 HS384 HS512].freeze
  def check_alg(header) = HMACS.include?(header['alg'])

  def check_signature(token)
    JWT.decode(token.text, key.verifying, true, algorithms: HMACS, verify_expiration: false, verify_not_before: false)
  rescue JWT::DecodeError
    raise Refused, 'signature'
  end
end

class CalendarsController < ApiController
  operation 'alg-not-pinned', get: '/api/calendar', weak: AlgNotPinned, summary: 'The next appointment'
  def show = render(json: { title: 'Release review', at: '10:00', room: 'Blue' })
end
