# frozen_string_literal: true

# What all controllers of the lab do: authenticate with the operation's verifier, and answer refusals alike.
class ApiController < ActionController::API
  class Forbidden < StandardError; end

  before_action :authenticate!
  rescue_from(Refused) { |refusal| refuse(refusal) }
  rescue_from(Forbidden) { render json: { error: 'insufficient_scope' }, status: :forbidden }

  class << self
    # Registers an operation of this controller: operation 'flaw', get: '/path', weak: Verifier, ...
    def operation(flaw, **facts)
      verb = (facts.keys & %i[get post put patch delete options]).first
      made = Lab.register(flaw: flaw, verb: verb, path: facts.delete(verb), controller: self, **facts)
      by_action[made.action] = made
      skip_before_action :authenticate!, only: made.action if made.open
    end

    def by_action = @by_action ||= {}
  end

  private

  attr_reader :claims

  def weak? = Lab.weak?
  def operation = self.class.by_action.fetch(action_name.to_sym)

  def authenticate!
    text = given_token
    raise Refused, 'no token' unless text

    @claims = operation.verifier.verify(text, request)
    response.set_header('Cache-Control', 'no-store')
  end

  # Exactly one Authorization header of the form "Bearer TOKEN", or the one cookie.
  def given_token
    kind, name = operation.place.split(':')
    return request.cookies[name] if kind == 'cookie'

    request.authorization.to_s[/\ABearer ([\w.-]+)\z/i, 1]
  end

  def refuse(_refusal)
    challenge
    response.set_header('Cache-Control', 'no-store')
    render json: { error: 'invalid_token' }, status: :unauthorized
  end

  def challenge = response.set_header('WWW-Authenticate', 'Bearer realm="lab", error="invalid_token"')
  def missing = render(json: { error: 'not_found' }, status: :not_found)

  def permit!(condition)
    raise Forbidden unless condition
  end
end

class NothingController < ApiController
  skip_before_action :authenticate!
  def show = missing
end
