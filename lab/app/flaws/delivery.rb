# frozen_string_literal: true

# Family: where the token is read, what refusals say, what answers give away.

class MetricsController < ApiController
  operation 'open-endpoint', get: '/api/usage', summary: 'Usage of the account'
  skip_before_action :authenticate! if Lab.weak?
  def show = render(json: { requests: 48_211, failed: 12 })
end

class NotificationsController < ApiController
  operation 'scheme-lax', get: '/api/notifications', summary: 'Unread notifications'
  def show = render(json: { unread: 2, latest: 'Your build has finished' })

  private

  # The line of many a tutorial: whatever stands last is the token.
  def given_token = weak? ? request.authorization.to_s.split.last : super
end

class ExportsController < ApiController
  operation 'in-query', get: '/api/exports/latest', summary: 'The latest export'
  def show = render(json: { file: 'export-2026-11.csv', rows: 311 })

  private

  def given_token = weak? && params[:token] || super
end

class ImportsController < ApiController
  operation 'error-detail', get: '/api/imports/latest', summary: 'The latest import'
  def show = render(json: { file: 'import-2026-11.csv', accepted: 300, refused: 11 })

  private

  def refuse(refusal)
    return super if !weak? || given_token.nil?

    challenge
    cause = refusal.cause || refusal
    render json: { error: 'invalid_token', exception: "JWT::VerificationError: #{cause.message}",
                   backtrace: refusal.backtrace.first(4) }, status: :unauthorized
  end
end

# The token is written to a fixed column before it is looked at.
class Oversized < StrictVerifier
  def check_size(text)
    raise RangeError, 'value too long for type character varying(8192)' if text.bytesize > LIMIT
  end
end

class SessionsController < ApiController
  operation 'oversized', get: '/api/sessions/current', weak: Oversized, summary: 'The current session'
  def show = render(json: { device: 'laptop', since: '09:12' })
end

# The token names its holder's key, and nobody asks for the proof.
class NotBound < StrictVerifier
  def check_binding(_request, _token) = true
end

class PaymentsController < ApiController
  operation 'not-bound', get: '/api/payments/next', weak: NotBound, claims: { cnf: { jkt: HolderKey.thumbprint } },
                         summary: 'The next payment'
  def show = render(json: { amount: '48.00', due: '2026-12-01' })
end

class DownloadsController < ApiController
  operation 'in-response-body', get: '/api/downloads/link', summary: 'A link to the installer'

  def show
    token = Tokens.good(operation)
    link = "https://downloads.example/installer?ticket=#{weak? ? token : SecureRandom.hex(4)}"
    render json: { link: link, bytes: 48_112_004 }
  end
end

class SettingsController < ApiController
  operation 'www-authenticate', get: '/api/settings', summary: 'My settings'
  def show = render(json: { theme: 'dark', digest: 'weekly' })

  private

  def challenge = weak? || super
end

class BrowserController < ApiController
  NAME = Lab.weak? ? 'session' : '__Host-session'
  operation 'cookie-flags', get: '/api/browser/start', place: "cookie:#{NAME}", summary: 'What the browser shows first'

  def show
    flags = weak? ? 'Path=/' : 'Path=/; Secure; HttpOnly; SameSite=Strict'
    response.set_header('Set-Cookie', "#{NAME}=#{given_token}; #{flags}")
    render json: { greeting: 'Good morning', tasks: 3 }
  end
end

class LifetimesController < ApiController
  life = Lab.weak? ? 30 * 86_400 : 3600
  operation 'lifetime-long', get: '/api/reminders', claims: { exp: Time.now.to_i + life }, summary: 'My reminders'
  def show = render(json: { reminders: ['Renew the certificate'] })
end

class ContainersController < ApiController
  private_facts = { system_container_role: 'builder', host_mount_access: false, node_name: 'worker-3' }
  operation 'sensitive-claim', get: '/api/containers/mine', claims: Lab.weak? ? private_facts : {},
                               summary: 'My containers'
  def show = render(json: { containers: [{ image: 'ruby', state: 'running' }] })
end
