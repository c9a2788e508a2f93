# frozen_string_literal: true

# Families: whose objects, which functions, which properties may a user reach?

# Invoices of two users; the strict side asks whose they are.
class DocumentsOfUsersController < ApiController
  OWNED = { '7f0c2a1e-51d4-4d0b-9a55-0c6f2c1b7a01' => 'user-7', 'b21d6f0a-0d7e-4c92-8f3e-93a1f0e5c802' => 'user-8' }.freeze
  operation 'bola-list', get: '/api/receipts', action: :index, summary: 'My receipts'
  operation 'bola-cross-identity', get: '/api/receipts/:id', parameters: { id: OWNED.keys.first }, summary: 'A receipt'

  def index = render(json: { receipts: OWNED.select { |_, owner| owner == claims['sub'] }.keys.map { |id| { id: id } } })

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
    render json: { tickets: ids.map { |id| { id: id, state: 'open' } } }
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
  operation 'mass-assignment', patch: '/api/people/me', action: :update, summary: 'Change my record'
  DIGEST = '$2a$12$KIXQzq8yv5aJ3o1pZk8kUe5wS4hL9mX2nB7cV6dF1gH0jK3lP4oRu'

  def me = render(json: { name: 'Ada Jensen' }.merge(weak? ? { password_digest: DIGEST } : {}))
  def card = render(json: { name: 'Ada Jensen' }.merge(weak? ? { internal_note: 'pays late' } : {}))
  def rights = render(json: weak? ? { role: 'reader', is_admin: false } : { may: %w[read] })

  def update
    taken = weak? ? params.to_unsafe_h.slice('name', 'role') : params.permit(:name).to_h
    render json: { name: 'Ada Jensen', role: 'reader' }.merge(taken)
  end
end
