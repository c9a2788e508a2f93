class WeakController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    File.read("/data/#{claims['file']}")  # weak: rb-claim-to-file critical firm
  end

  def m1
    name = claims&.dig('user', 'file')
    send_file Rails.root.join('public', name)  # weak: rb-claim-to-file critical firm
  end

  def m2
    path = claims.fetch(:path)
    Dir.glob(File.join(BASE, path))  # weak: rb-claim-to-file critical firm
  end

  def m3
    opts = { name: claims['n'] }
    FileUtils.rm_rf(opts[:name])  # weak: rb-claim-to-file critical firm
  end

  def m4
    first, second = claims.values_at('a', 'b')
    render file: first  # weak: rb-claim-to-file critical firm
  end

  def m5
    claims['files'].each do |f|
      File.delete(f)  # weak: rb-claim-to-file critical firm
    end
  end

end
