class AController < ApplicationController
  include Authenticatable
  def a
    File.read(payload[:f])  # weak: rb-claim-to-file critical firm
    payload => { path: }
    File.read(path)  # weak: rb-claim-to-file critical firm
    case payload
    in { dir: String => d }
      Dir.children(d)  # weak: rb-claim-to-file critical firm
    end
    Rails.root.join('x', payload['a']).read  # weak: rb-claim-to-file critical firm
    p = Pathname.new(payload['z'])  # weak: rb-claim-to-file critical firm
    p.read
    Open3.capture3("ls", payload['x'], chdir: '/')  # weak: rb-claim-to-command low firm
    exec("x " + payload['x'])  # weak: rb-claim-to-command critical firm
    send(payload['m'])  # weak: rb-claim-to-code critical firm
    URI.open("http://#{payload['h']}")  # weak: rb-claim-to-url high firm
    h = payload.slice('q').transform_keys(&:to_sym)
    User.find_by_sql("select #{h[:q]}")  # weak: rb-claim-to-sql high firm
    cmd = ['ls', payload['d']].join(' ')
    system(cmd)  # weak: rb-claim-to-command critical firm
    files = payload['files'].map { |f| File.join('/d', f) }
    files.each { File.read(_1) }  # weak: rb-claim-to-file critical firm
    helper(name: payload['n'])
    File.write('/x', payload['body'])
    render json: payload
    user = User.find(payload['sub'])
    File.read(user.avatar)
    format = payload['fmt'] == 'pdf' ? 'pdf' : 'csv'
    system("conv #{format}")
    system('git', 'log', '--', payload['p'])  # weak: rb-claim-to-command low firm
    spawn({ 'A' => '1' }, "x #{payload['p']}")  # weak: rb-claim-to-command critical firm
    Net::HTTP.start(payload['host'], 443) { |x| x.get('/') }  # weak: rb-claim-to-url high firm
  end

  def helper(name:)
    `cat #{name}`  # weak: rb-claim-to-command critical firm
  end
end
