using k8s;

namespace AeroGrid.ApiServer.Tests.Compliance;

/// <summary>The suite against a real cluster.</summary>
public sealed class ClusterTests : ApiServerCompliance, IClassFixture<ClusterFixture>
{
    public ClusterTests(ClusterFixture cluster)
        : base(cluster) =>
        Assert.SkipUnless(cluster.IsConfigured, $"{ClusterFixture.Variable} names no kubeconfig of a cluster");

    // Revision 1 of any real cluster was compacted long ago.
    protected override Task CompactAsync() => Task.CompletedTask;
}

/// <summary>The cluster that AEROGRID_TEST_KUBECONFIG names.</summary>
public sealed class ClusterFixture : HttpApi, IAsyncLifetime
{
    public const string Variable = "AEROGRID_TEST_KUBECONFIG";

    private Kubernetes? _client;

    public bool IsConfigured => _client is not null;

    public override HttpClient Http => _client!.HttpClient;

    public override Uri Address => _client!.BaseUri;

    public ValueTask InitializeAsync()
    {
        var file = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(file))
        {
            _client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(file));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return ValueTask.CompletedTask;
    }
}
