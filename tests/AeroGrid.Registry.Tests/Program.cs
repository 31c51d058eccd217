using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Registry.Tests;

internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [RegistryProcess.Command, var folder])
        {
            await RegistryProcess.ServeAsync(folder);
            return 0;
        }

        // What the generated entry point of xUnit does.
        return arguments.Any(argument => argument is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
    }
}
