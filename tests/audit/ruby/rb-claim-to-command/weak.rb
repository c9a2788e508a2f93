class WeakController < ApplicationController
  def claims
    @claims ||= JWT.decode(token, Rails.application.credentials.jwt_secret, true, algorithm: 'HS256', required_claims: ['exp'], iss: 'me', verify_iss: true, aud: 'api', verify_aud: true).first
  end

  def m0
    `ls #{claims['dir']}`  # weak: rb-claim-to-command critical firm
  end

  def m1
    %x(ls #{claims.dig(:a, :b)})  # weak: rb-claim-to-command critical firm
  end

  def m2
    system("tar #{claims&.fetch('x')}")  # weak: rb-claim-to-command critical firm
  end

  def m3
    cmd = <<~SH
      convert #{claims['img']}
    SH
    Open3.capture2(cmd)  # weak: rb-claim-to-command critical firm
  end

  def m4
    system('sh', '-c', "ls #{claims['dir']}")  # weak: rb-claim-to-command critical firm
  end

  def m5
    IO.popen("cat #{claims['f']}")  # weak: rb-claim-to-command critical firm
  end

end
