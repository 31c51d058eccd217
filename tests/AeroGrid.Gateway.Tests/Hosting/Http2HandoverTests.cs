using System.Buffers;
using System.Text;

using AeroGrid.Gateway.Hosting;

namespace AeroGrid.Gateway.Tests.Hosting;

public class Http2HandoverTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("P", null)]
    [InlineData("PRI * HTTP/2.0", null)]
    [InlineData("PRI * HTTP/2.0\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/1.1\r\n", false)]
    [InlineData("PRINT / HTTP/1.1\r\n", false)]
    [InlineData("POST", false)]
    [InlineData("GET", false)]
    public void The_first_bytes_tell_the_version(string start, bool? expected) =>
        Http2Handover.Decide(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(start))).ShouldBe(expected);
}
