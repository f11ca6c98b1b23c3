// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";
import {ThrongWorld} from "../support/ThrongWorld.sol";

/// @title Deleveraging costs the same for ten positions as for many (P7)
/// @notice How many is POSITIONS in the environment; the record is at 100,000, see docs/adl.md. The worlds are made in setUp, a
/// transaction of its own, so that the test finds every slot as cold as a liquidator would.
contract DeleveragingGasTest is Test {
    /// @notice The gas of a tear-up and charge across ten tranches, by how many positions are in them.
    event Measured(uint256 positions, uint256 gas);

    uint256 private constant FEW = 10;

    ThrongWorld private _few;
    ThrongWorld private _many;
    uint256 private _positions;

    function setUp() external {
        _positions = vm.envOr("POSITIONS", 2_000);
        _few = new ThrongWorld(FEW);
        _many = new ThrongWorld(_positions);
    }

    function test_ATearUpAndChargeCostsTheSameForTenPositionsAsForMany() external {
        // The world has four accounts of its own.
        vm.assertEq(uint256(_many.house().accountCount()), _positions + 4, "every position is an account of its own");
        (uint256 few, uint256 reached) = _few.deleverage(1_000_000e18);
        vm.assertEq(reached, 10, "ten tranches");
        uint256 many;
        (many, reached) = _many.deleverage(1_000_000e18);
        vm.assertEq(reached, 10, "the same ten");
        emit Measured(FEW, few);
        emit Measured(_positions, many);
        vm.assertApproxEqAbs(many, few, few / 50, Properties.P7);
    }
}
