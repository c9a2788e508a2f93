# frozen_string_literal: true

# Family: rules that a validly signed token must keep. One verifier for each rule that is left out.

class ExpIgnored < StrictVerifier
  def check_expiry(_claims) = true
end

class ExpMissing < StrictVerifier
  def optional = %w[exp]
end

class NbfIgnored < StrictVerifier
  def check_not_before(_claims) = true
end

class IatFuture < StrictVerifier
  def check_issued(_claims) = true
end

class IssIgnored < StrictVerifier
  def check_issuer(_claims) = true
end

class AudIgnored < StrictVerifier
  def check_audience(_claims) = true
end

class TypConfusion < StrictVerifier
  def check_typ(_header) = true
end

class CritIgnored < StrictVerifier
  def check_critical(_header) = true
end

class B64False < StrictVerifier
  def check_encoding(_header) = true
end

# to_i and Array() take what they get: "1700000000" and [1700000000] pass for a time.
class ClaimType < StrictVerifier
  def check_claims(claims)
    super(claims.merge(%w[exp nbf iat].to_h { |name| [name, number(claims[name])] }))
  end

  def number(value)
    value = value.first if value.is_a?(Array)
    value.is_a?(String) ? value.to_i : value
  end
end

class RevokedAccepted < StrictVerifier
  def check_revoked(_claims) = true
end

class ReportsController < ApiController
  operation 'exp-ignored', get: '/api/reports/sales', action: :sales, weak: ExpIgnored, summary: 'Sales'
  operation 'exp-missing', get: '/api/reports/returns', action: :returns, weak: ExpMissing, summary: 'Returns'
  operation 'nbf-ignored', get: '/api/reports/forecast', action: :forecast, weak: NbfIgnored, summary: 'Forecast'
  operation 'iat-future', get: '/api/reports/stock', action: :stock, weak: IatFuture, summary: 'Stock'
  operation 'iss-ignored', get: '/api/reports/tax', action: :tax, weak: IssIgnored, summary: 'Tax'
  operation 'aud-ignored', get: '/api/reports/costs', action: :costs, weak: AudIgnored, summary: 'Costs'
  operation 'typ-confusion', get: '/api/reports/refunds', action: :refunds, weak: TypConfusion, summary: 'Refunds'
  operation 'crit-ignored', get: '/api/reports/delays', action: :delays, weak: CritIgnored, summary: 'Delays'
  operation 'b64-false', get: '/api/reports/carriers', action: :carriers, weak: B64False, summary: 'Carriers'
  operation 'claim-type', get: '/api/reports/regions', action: :regions, weak: ClaimType, summary: 'Regions'
  operation 'revoked-accepted', get: '/api/reports/audit', action: :trail, weak: RevokedAccepted, summary: 'Audit trail'

  def sales = render(json: { month: '2026-10', total: '120400.00' })
  def returns = render(json: { month: '2026-10', total: 14 })
  def forecast = render(json: { month: '2026-12', total: '131000.00' })
  def stock = render(json: { desks: 41, lamps: 230 })
  def tax = render(json: { quarter: 3, due: '9800.00' })
  def costs = render(json: { month: '2026-10', total: '80120.00' })
  def refunds = render(json: { month: '2026-10', total: 3 })
  def delays = render(json: { late: 2, days: 5 })
  def carriers = render(json: { carriers: %w[north south] })
  def regions = render(json: { regions: %w[dk de se] })
  def trail = render(json: { events: ['signed in', 'exported'] })
end

class LogoutController < ApiController
  operation 'logout', post: '/api/session/logout', action: :create, hidden: true, summary: 'Sign out'

  def create
    StrictVerifier::REVOKED << claims['jti']
    head :no_content
  end
end
