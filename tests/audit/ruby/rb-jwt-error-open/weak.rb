class A < ApplicationController
  before_action :authenticate
  def check
    JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
  rescue JWT::DecodeError  # weak: rb-jwt-error-open high firm
    true
  end
  def user
    JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  rescue StandardError  # weak: rb-jwt-error-open high firm
    { 'role' => 'guest' }
  end
  def authenticate
    @x = JWT.decode(token, key, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true)
  rescue JWT::ExpiredSignature, JWT::DecodeError  # weak: rb-jwt-error-open high firm
    nil
  end
end
