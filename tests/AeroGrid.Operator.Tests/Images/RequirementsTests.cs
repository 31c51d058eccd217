using AeroGrid.Operator.Images;

namespace AeroGrid.Operator.Tests.Images;

public sealed class RequirementsTests
{
    [Fact]
    public void Comments_order_and_space_do_not_matter()
    {
        var one = Requirements.Parse("flask==3.1.0   # the web\r\n\r\n# comment\r\nrequests >= 2\r\n");
        var two = Requirements.Parse("requests   >= 2\nflask==3.1.0");

        one.Normal.ShouldBe(two.Normal);
    }

    [Fact]
    public void Other_requirements_do() => Requirements.Parse("flask==3.1.0").Normal.ShouldNotBe(Requirements.Parse("flask==3.1.1").Normal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n# nothing\n   \n")]
    public void A_file_of_comments_asks_for_nothing(string? text) => Requirements.Parse(text).IsEmpty.ShouldBeTrue();

    [Fact]
    public void A_hash_inside_a_word_is_no_comment() => Requirements.Parse("a#b").All[0].Normal.ShouldBe("a#b");

    [Fact]
    public void Continued_lines_are_one_requirement()
    {
        var all = Requirements.Parse("# first\nflask==3.1.0 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nrequests").All;

        all[0].ShouldBe(new Requirement(2, "flask==3.1.0 \\", "flask==3.1.0 --hash=sha256:1 --hash=sha256:2"));
        all[1].Line.ShouldBe(5);
    }

    [Fact]
    public void A_failure_of_another_apps_build_is_found_on_this_files_line()
    {
        var here = Requirements.Parse("# mine\n\nrequests\nnosuch==1.0   # my comment\n");

        var found = here.Find("nosuch==1.0  # their comment");

        found.ShouldBe(new Requirement(4, "nosuch==1.0   # my comment", "nosuch==1.0"));
    }

    [Fact]
    public void A_requirement_that_is_not_there_is_not_found() => Requirements.Parse("requests").Find("flask").ShouldBeNull();
}
