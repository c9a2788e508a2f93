class JobsController < ApplicationController
  before_action :authenticate_token!

  def a = system("convert #{params[:size]} in.png out.png")  # weak: rb-request-to-command high firm

  def b
    name = params.fetch(:name) { 'x' }
    `tar czf /tmp/#{name}.tgz data`  # weak: rb-request-to-command high firm
  end

  def c
    Open3.capture2e("grep #{request.headers['X-Filter']} log")  # weak: rb-request-to-command high firm
  end

  def d
    job = params.require(:job)
    IO.popen(<<~SH)  # weak: rb-request-to-command high firm
      sh run.sh #{job}
    SH
  end
end
# JWT.decode(token, key, true, algorithm: 'HS256')
