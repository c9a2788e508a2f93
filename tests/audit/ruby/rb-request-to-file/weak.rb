class DocsController < ApplicationController # jwt
  before_action :authenticate_token
  def a
    File.read(params[:name])  # weak: rb-request-to-file high firm
    name = params.fetch(:name)
    send_file("/x/#{name}")  # weak: rb-request-to-file high firm
    Dir.glob(params.dig(:a, :b))  # weak: rb-request-to-file high firm
  end
end
