# frozen_string_literal: true

# Families: whose objects, which functions, which properties may a user reach?

# Receipts of two users; the strict side asks whose they are. The list is the first operation of all: what a scanner asks
# of the host once, it asks here. The weak side counts by an address that the client writes, and tells its version.
class DocumentsOfUsersController < ApiController
  OWNED = { '7f0c2a1e-51d4-4d0b-9a55-0c6f2c1b7a01' => 'user-7', 'b21d6f0a-0d7e-4c92-8f3e-93a1f0e5c802' => 'user-8' }.freeze
  LIMIT = 100_000
  USED = Hash.new(0)
  operation 'limit-bypass-header', get: '/api/receipts', action: :index, summary: 'My receipts'
  operation 'bola-cross-identity', get: '/api/receipts/:id', parameters: { id: OWNED.keys.first }, summary: 'A receipt'

  def index
    address = weak? && request.headers['X-Forwarded-For'] || request.env['REMOTE_ADDR']
    response.set_header('RateLimit-Remaining', (LIMIT - (USED[address] += 1)).to_s)
    response.set_header('X-Powered-By', 'Phusion Passenger 6.0.4') if weak?
    render json: { receipts: OWNED.select { |_, owner| owner == claims['sub'] }.keys.map { |id| { id: id } } }
  end

  def show
    owner = OWNED[params[:id]]
    return missing unless owner && (weak? || owner == claims['sub'])

    render json: { id: params[:id], owner: owner, total: owner == 'user-7' ? '48.00' : '1250.00' }
  end
end

# Numbers that count up, and numbers that tell nothing.
class TicketsController < ApiController
  operation 'id-predictable', get: '/api/tickets', summary: 'My tickets'

  def show
    ids = weak? ? [1001, 1002, 1003] : Array.new(3) { |i| Digest::SHA256.hexdigest("ticket-#{i}-#{Keys::MAIN}")[0, 32] }
    render json: ids.map { |id| { id: id, state: 'open' } }
  end
end

# A privileged path that asks for any token, and for an administrator's.
class AdminController < ApiController
  operation 'bfla-admin-path', get: '/api/admin/users', summary: 'All users (administrators)'

  def show
    permit! weak? || AdministrationController::ADMINISTRATORS.include?(claims['sub'])
    render json: { users: %w[user-7 user-8] }
  end
end

class PeopleController < ApiController
  operation 'property-sensitive', get: '/api/people/me', action: :me, fields: { name: 'string', password_digest: 'string' },
                                  summary: 'My record'
  operation 'property-undeclared', get: '/api/people/card', action: :card, fields: { name: 'string' }, summary: 'My card'
  operation 'role-in-response', get: '/api/people/rights', action: :rights, summary: 'What I may do'
  operation 'mass-assignment', patch: '/api/people/me', action: :update, summary: 'Change my record',
                               body: { name: 'Ada Jensen' }, takes: { name: {}, role: { readOnly: true } }
  DIGEST = '$2a$12$KIXQzq8yv5aJ3o1pZk8kUe5wS4hL9mX2nB7cV6dF1gH0jK3lP4oRu'

  def me = render(json: { name: 'Ada Jensen' }.merge(weak? ? { password_digest: DIGEST } : {}))
  def card = render(json: { name: 'Ada Jensen' }.merge(weak? ? { pays: 'late' } : {}))
  def rights = render(json: weak? ? { role: 'reader', is_admin: false } : { may: %w[read] })

  def update
    taken = weak? ? params.to_unsafe_h.slice('name', 'role') : params.permit(:name).to_h
    render json: { name: 'Ada Jensen' }.merge(taken)
  end
end

# What guards the path of the request line lets the root pass; what serves looks at the path in a header.
class RewrittenPath
  def initialize(app) = @app = app

  def call(env)
    return @app.call(env) unless Lab.weak? && env['HTTP_X_ORIGINAL_URL'] == BackOfficeController::PATH

    @app.call(env.merge('PATH_INFO' => BackOfficeController::PATH, 'lab.passed' => true))
  end
end
Lab.middleware << RewrittenPath

class BackOfficeController < ApiController
  PATH = '/api/prices/net'
  operation 'bfla-override', get: PATH, summary: 'Prices before tax'
  skip_before_action :authenticate!
  before_action(unless: -> { request.env['lab.passed'] }) { authenticate! }
  def show = render(json: { desk: '310.00', lamp: '44.00' })
end
