// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TrancheIndex, TrancheSet} from "../../contracts/libraries/TrancheIndex.sol";
import {Test} from "../support/Test.sol";

/// @title The two-level bitmap does what a plain set does
contract TrancheIndexTest is Test {
    using TrancheIndex for TrancheSet;

    uint256 internal constant END = 1 << 15;

    TrancheSet private _set;
    uint256[] private _members;

    function testFuzz_AWalkMeetsTheMembersOfANaiveSetInOrder(uint256 seed) external {
        for (uint256 step; step < 48; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint256 rank = _rank(random);
            if (random >> 255 == 1 && _members.length != 0) {
                rank = _members[(random >> 64) % _members.length];
                _drop(rank);
                _set.remove(rank);
            } else {
                _keep(rank);
                _set.add(rank);
            }
            uint256 from = _rank(random >> 128);
            vm.assertEq(_set.next(from), _naiveNext(from), "next");
        }
        uint256 met;
        uint256 last;
        for (uint256 rank = _set.next(0); rank != END; rank = _set.next(rank + 1)) {
            vm.assertTrue(met == 0 || rank > last, "in order");
            last = rank;
            ++met;
        }
        vm.assertEq(met, _members.length, "all of them");
    }

    function testFuzz_RemovingWhatIsNotThereChangesNothing(uint256 one, uint256 two) external {
        (one, two) = (_rank(one), _rank(two));
        vm.assume(one != two);
        _set.add(one);
        _set.remove(two);
        vm.assertEq(_set.next(0), one, "the member stays");
        vm.assertEq(_set.next(one + 1), END, "alone");
    }

    function test_TheFirstAndTheLastRankAreReached() external {
        _set.add(0);
        _set.add(END - 1);
        vm.assertEq(_set.next(0), 0, "first");
        vm.assertEq(_set.next(1), END - 1, "last");
        vm.assertEq(_set.next(END), END, "nothing beyond");
    }

    function test_AHedgedTrancheIsInTheWordOfADirectionalOneAndComesAfterAll() external {
        _set.add(600);
        _set.add(END / 2 + 600);
        _set.add(END / 2 - 1);
        vm.assertEq(_set.summary, (1 << 4) | (1 << 127), "two words");
        vm.assertEq(_set.next(601), END / 2 - 1, "directional first");
        vm.assertEq(_set.next(END / 2), END / 2 + 600, "then hedged");
        _set.remove(600);
        vm.assertEq(_set.next(0), END / 2 - 1, "a word with hedged ones only is passed over");
        _set.remove(END / 2 + 600);
        vm.assertEq(_set.summary, 1 << 127, "an empty word is given up");
    }

    /// @dev Half the ranks share two words, directional and hedged, so that words empty and fill.
    function _rank(uint256 random) private pure returns (uint256) {
        if (random & 1 == 0) return (random >> 2) % END;
        return 122 + ((random >> 2) % 12) + (random & 2 == 0 ? 0 : END / 2);
    }

    function _naiveNext(uint256 from) private view returns (uint256 least) {
        least = END;
        for (uint256 i; i < _members.length; ++i) {
            if (_members[i] >= from && _members[i] < least) least = _members[i];
        }
    }

    function _keep(uint256 rank) private {
        for (uint256 i; i < _members.length; ++i) if (_members[i] == rank) return;
        _members.push(rank);
    }

    function _drop(uint256 rank) private {
        for (uint256 i; i < _members.length; ++i) {
            if (_members[i] != rank) continue;
            _members[i] = _members[_members.length - 1];
            _members.pop();
            return;
        }
    }
}
