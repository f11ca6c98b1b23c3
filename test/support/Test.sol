// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Cheatcodes
/// @notice The test runner's own functions that our tests use. Hardhat's runner and forge answer all of them.
interface Vm {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function warp(uint256 timestamp) external;
    function roll(uint256 blockNumber) external;
    function deal(address account, uint256 balance) external;
    function label(address account, string calldata name) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool success);
    function toString(uint256 value) external pure returns (string memory);
    function envOr(string calldata name, uint256 otherwise) external view returns (uint256);

    /// @dev With a selector or whole revert data the match is exact; an error with arguments, by its selector alone, is
    /// what the partial form is for.
    function expectRevert() external;
    function expectRevert(bytes4 exact) external;
    function expectRevert(bytes calldata exact) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;

    function assertTrue(bool condition, string calldata why) external pure;
    function assertEq(uint256 left, uint256 right, string calldata why) external pure;
    function assertEq(int256 left, int256 right, string calldata why) external pure;
    function assertEq(address left, address right, string calldata why) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata why) external pure;
    function assertEq(bool left, bool right, string calldata why) external pure;
    function assertEq(bytes calldata left, bytes calldata right, string calldata why) external pure;
    function assertLt(uint256 left, uint256 right, string calldata why) external pure;
    function assertLt(int256 left, int256 right, string calldata why) external pure;
    function assertLe(uint256 left, uint256 right, string calldata why) external pure;
    function assertLe(int256 left, int256 right, string calldata why) external pure;
    function assertGt(uint256 left, uint256 right, string calldata why) external pure;
    function assertGt(int256 left, int256 right, string calldata why) external pure;
    function assertGe(uint256 left, uint256 right, string calldata why) external pure;
    function assertGe(int256 left, int256 right, string calldata why) external pure;
    function assertApproxEqAbs(uint256 left, uint256 right, uint256 by, string calldata why) external pure;
    function assertApproxEqAbs(int256 left, int256 right, uint256 by, string calldata why) external pure;
}

/// @title The base of every Solidity test
/// @notice forge-std is not published as a package we can pin, and this much of it is all our tests need.
/// An assertion is `vm.assertEq(a, b, "why")`: the last argument is the sentence a failure prints, so it is not optional.
abstract contract Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address[] private _targetContracts;
    address[] private _targetSenders;
    FuzzSelector[] private _targetSelectors;

    /// @notice Which contracts an invariant test calls at random. With none, every contract made in setUp is called.
    function targetContract(address target) internal {
        _targetContracts.push(target);
    }

    /// @notice Narrows a target contract to the given functions.
    function targetSelectors(address target, bytes4[] memory selectors) internal {
        _targetSelectors.push(FuzzSelector(target, selectors));
    }

    function targetSender(address sender) internal {
        _targetSenders.push(sender);
    }

    /// @dev Read by the runner, under these names.
    function targetContracts() external view returns (address[] memory) {
        return _targetContracts;
    }

    /// @dev Read by the runner.
    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _targetSelectors;
    }

    /// @dev Read by the runner.
    function targetSenders() external view returns (address[] memory) {
        return _targetSenders;
    }

    /// @notice Brings a random number into [min, max]. A value inside stays, and the extremes of the type become the
    /// extremes of the range, because that is where the fuzzer looks for trouble.
    function bound(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        require(min <= max, "bound: min above max");
        if (x >= min && x <= max) return x;
        unchecked {
            uint256 size = max - min + 1;
            uint256 fromTop = type(uint256).max - x;
            if (x < 4 && x < size) return min + x;
            if (fromTop < 4 && fromTop < size) return max - fromTop;
            return min + (x % size);
        }
    }

    /// @notice The same for signed numbers.
    function bound(int256 x, int256 min, int256 max) internal pure returns (int256) {
        require(min <= max, "bound: min above max");
        // Flipping the sign bit maps int256 onto uint256 in order.
        uint256 flip = 1 << 255;
        return int256(bound(uint256(x) ^ flip, uint256(min) ^ flip, uint256(max) ^ flip) ^ flip);
    }

    /// @notice A labelled address that nobody else uses, and its private key.
    function makeAddrAndKey(string memory name) internal returns (address account, uint256 privateKey) {
        privateKey = uint256(keccak256(bytes(name)));
        account = vm.addr(privateKey);
        vm.label(account, name);
    }

    function makeAddr(string memory name) internal returns (address account) {
        (account, ) = makeAddrAndKey(name);
    }

    /// @notice Moves time on, and one block with it.
    function skip(uint256 secondsForward) internal {
        vm.warp(block.timestamp + secondsForward);
        vm.roll(block.number + 1);
    }
}
