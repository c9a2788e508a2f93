class Reader
  attr_reader :claims
  def initialize(token, prefix: '')
    @claims = Verifier.verify(token)
    @prefix = prefix
  end

  def read
    File.read("/x/#{claims['file']}")  # weak: rb-claim-to-file critical firm
    clean(@claims['a'])
    File.read(same(@claims['b']))  # weak: rb-claim-to-file critical firm
    File.read(same('fixed'))
  end

  def same(x)
    x.to_s
  end

  def clean(name)
    Store.new(where: name).load
  end
end
