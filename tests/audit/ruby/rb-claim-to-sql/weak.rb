class WeakController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    User.where("name = '#{claims['name']}'")  # weak: rb-claim-to-sql high firm
  end

  def m1
    User.order(claims.dig('sort'))  # weak: rb-claim-to-sql high firm
  end

  def m2
    sql = "SELECT * FROM t WHERE x = " + claims['x']
    ActiveRecord::Base.connection.execute(sql)  # weak: rb-claim-to-sql high firm
  end

end
